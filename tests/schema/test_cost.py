"""What one answer may take: documents and bytes, and the event loop no longer than a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLError, build_schema, parse

from schema.cost import AnswerBounds, Cost
from schema.serving import turns
from schema.serving.executor import BoundedExecutor
from schema.serving.turns import Turns
from schema.settings import Settings
from tests.schema.edge import Edge, serving
from tests.schema.test_websocket import opened

TOO_MANY = (
    "This asks for more than 2,000 documents (and 100 elements of a document's lists count as one"
    " more): ask for fewer at a time, such as smaller pages."
)
TOO_LARGE = (
    "The answer would have more than 65,536 bytes: ask for fewer fields or documents at a time."
)


def refused(answer: Any) -> str:
    """The one error of an answer that went beyond a bound."""
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "COST_EXCEEDED"}
    assert answer["data"] is None
    message: str = error["message"]
    return message


@pytest.fixture(scope="module")
def narrow(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """A server that answers at most 64 KiB."""
    url = mongo_url.replace("/?", "/narrow?")
    with serving(
        Settings(data=tmp_path_factory.mktemp("narrow"), mongo_url=url, answer_kb=64)
    ) as it:
        yield it


def pages(count: int) -> str:
    return (
        "{" + " ".join(f"a{n}: orders(first: 100) {{ nodes {{ id }} }}" for n in range(count)) + "}"
    )


def test_the_documents_of_one_answer_are_bounded(edge: Edge) -> None:
    assert len(edge.data(pages(20))) == 20
    assert refused(edge.post(pages(21)).json()) == TOO_MANY


def test_beyond_a_bound_nothing_more_is_taken() -> None:
    cost = Cost(AnswerBounds(documents=3))
    cost.add_documents(3)
    for _ in range(2):
        with pytest.raises(GraphQLError, match="more than 3 documents"):
            cost.add_documents(1)


def test_a_large_document_counts_as_several() -> None:
    @dataclass
    class Large:
        lines: tuple[int, ...]
        name: str

    cost = Cost(AnswerBounds(documents=3))
    cost.add_elements(Large(tuple(range(399)), "n" * 10_000))
    assert cost.documents == 3
    with pytest.raises(GraphQLError):
        cost.add_elements(Large(tuple(range(100)), ""))
    cost.add_bytes(10)
    assert cost.bytes == 10


def test_equal_ids_are_read_once_and_answered_as_often_as_asked(edge: Edge) -> None:
    order, product = edge.new_order(), edge.new_product()
    head = edge.command("registerCustomer", name="A", email=f"{order}@example.org")["position"]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Order { items { quantity } } } }"
    asked = {"query": query, "variables": {"ids": [order, product, "ord_none"] * 33}}
    answer = edge.http.post("/graphql", json=asked | {"extensions": {"minPosition": head}}).json()
    of_order = {"id": order, "items": [{"quantity": 2}]}
    assert answer["data"]["nodes"] == [of_order, {"id": product}, None] * 33


def repeated(alias: str) -> str:
    return f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {alias}: id }} }}"


def test_the_bytes_of_one_answer_are_bounded(narrow: Edge) -> None:
    register = (
        "mutation($input: RegisterCustomerInput!) { registerCustomer(input: $input)"
        " { customer { id } } }"
    )
    registered = narrow.data(register, input={"name": "Bo", "email": "bo@example.org"})
    ids = {"ids": [registered["registerCustomer"]["customer"]["id"]] * 100}
    assert len(narrow.data(repeated("a" * 500), **ids)["nodes"]) == 100
    assert refused(narrow.post(repeated("a" * 700), ids).json()) == TOO_LARGE


def test_what_a_mutation_recorded_is_answered_though_its_document_is_too_large(
    narrow: Edge,
) -> None:
    query = (
        "mutation($input: RegisterCustomerInput!) { registerCustomer(input: $input)"
        f" {{ customerId position customer {{ {'a' * 70_000}: id }} userErrors {{ code }} }} }}"
    )
    answer = narrow.post(query, {"input": {"name": "Ada", "email": "ada@example.org"}}).json()
    payload = answer["data"]["registerCustomer"]
    assert payload["customer"] is None
    assert payload["customerId"].startswith("cus_")
    assert payload["position"] == answer["extensions"]["position"]
    (error,) = answer["errors"]
    assert (error["path"], error["message"]) == (["registerCustomer", "customer"], TOO_LARGE)
    assert error["extensions"] == {"code": "COST_EXCEEDED"}


async def test_each_state_of_a_subscription_is_an_answer_of_its_own(narrow: Edge) -> None:
    order = await asyncio.to_thread(narrow.new_order)
    name = "a" * 9_000
    async with opened(narrow) as socket:
        await socket.init()
        fields = " ".join(f"{name}{n}: status" for n in range(8))
        await socket.subscribe(
            "1", f'subscription {{ orderChanged(id: "{order}") {{ {name}: status }} }}'
        )
        for status in ("PENDING", "CONFIRMED", "SHIPPED", "DELIVERED"):
            message = await socket.next()
            assert message["payload"]["data"]["orderChanged"] == {name: status}
            if status != "DELIVERED":
                command = {"PENDING": "confirmOrder", "CONFIRMED": "shipOrder"}.get(
                    status, "deliverOrder"
                )
                more = {"carrier": "DHL", "trackingNumber": "1"} if command == "shipOrder" else {}
                await asyncio.to_thread(narrow.command, command, orderId=order, **more)
        await socket.send(type="complete", id="1")
        await socket.subscribe("2", f'{{ order(id: "{order}") {{ {fields} }} }}')
        message = await socket.next()
        assert (message["id"], message["type"]) == ("2", "next")
        assert refused(message["payload"]) == TOO_LARGE


LISTS = build_schema("type Query { items: [Item!]! } type Item { n: Int! inner: [Item!]! }")


@dataclass
class Context:
    cost: Cost


def executor(items: Any, query: str, shared: Turns) -> BoundedExecutor:
    made = BoundedExecutor.build(
        LISTS,
        parse(query),
        root_value={"items": items},
        context_value=Context(Cost()),  # all that it asks of it
        turns=shared,
    )
    assert isinstance(made, BoundedExecutor)
    return made


async def test_between_the_elements_of_a_long_list_others_have_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONGEST_STRETCH", 0)  # each element takes longer than that
    shared = Turns()
    items = [{"n": n, "inner": [{"n": n + m} for m in range(25)]} for n in range(30)]
    done: list[int] = []
    others = 0

    async def answer(number: int) -> None:
        result = await executor(items, "{ items { n inner { n } } }", shared).execute_operation()  # type: ignore[misc]
        assert result.data == {"items": items}
        done.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(10):
            group.create_task(answer(number))
        while len(done) < 10:
            await asyncio.sleep(0)
            others += 1
    # Ten answers of 30 elements, each with 25 of its own, no two of them done in one go.
    assert others >= 10 * 30 * 25


async def test_a_list_of_the_same_elements_is_shaped_once() -> None:
    shaped = 0

    class Item:
        @property
        def n(self) -> int:
            nonlocal shaped
            shaped += 1
            return 7

    item = Item()
    made = executor([item] * 10, "{ items { n } }", Turns())
    result: Any = made.execute_operation()
    assert (await result).data == {"items": [{"n": 7}] * 10}
    assert shaped == 1
    # The ten count as ten all the same.
    assert made.cost.bytes >= 10 * len('{"n":7}')
