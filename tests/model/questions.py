"""What clients ask of lists: the strategies."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.model.histories import Strategy, a_customer, categories
from tests.model.steps import PlacedAt
from tests.model.things import Json

ORDER_SORTS = ("PLACED_AT_DESC", "PLACED_AT_ASC")
PRODUCT_SORTS = ("NAME_ASC", "PRICE_ASC", "PRICE_DESC", "BEST_SELLING")


@dataclass(frozen=True)
class Question:
    """A list that is asked for in pages of a size, from its end where `backward`."""

    filter: Json
    sort: str
    size: int
    backward: bool


def _questions(filter: Strategy, *sorts: str) -> Strategy:
    one = st.builds(Question, filter, st.sampled_from(sorts), st.integers(1, 3), st.booleans())
    return st.lists(one, min_size=2, max_size=5)


_instants = st.builds(PlacedAt, st.integers(0, 5))
_statuses = st.sampled_from(["PENDING", "CONFIRMED", "SHIPPED", "DELIVERED", "CANCELLED"])
ORDER_QUESTIONS = _questions(
    st.fixed_dictionaries(
        {},
        optional={
            "customerId": a_customer,
            "status": st.lists(_statuses, max_size=3),
            "placedFrom": _instants,
            "placedBefore": _instants,
        },
    ),
    *ORDER_SORTS,
)
PRODUCT_QUESTIONS = _questions(
    st.fixed_dictionaries(
        {},
        optional={
            "category": categories,
            "inStock": st.booleans(),
            "includeDiscontinued": st.booleans(),
        },
    ),
    *PRODUCT_SORTS,
)
TEXTS = st.lists(
    st.sampled_from(["lamp", "RED", "lmp-1", "Chair lamp", "light", "éclair", "CHR", "nothing"]),
    min_size=1,
    max_size=3,
)
