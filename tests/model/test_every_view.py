"""Whatever happens in a shop, clients see of it what a plain model of it says.

Random commands run through the real stores, between stops, restarts and rebuilds of the
projections; then every view is asked for everything. MODEL_TESTS says how many times nine histories
are tried, of which all but the first are long tests.
"""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.model.asking import same_everywhere
from tests.model.histories import HISTORIES
from tests.model.playing import Played
from tests.model.questions import ORDER_QUESTIONS, PRODUCT_QUESTIONS, TEXTS, Question
from tests.model.running import running
from tests.model.steps import OPENING, Step

FEW = settings(max_examples=9, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""After ten examples most are variations of earlier ones."""


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, marks=pytest.mark.long if number else ())
        for number in range(int(os.environ.get("MODEL_TESTS", "3")))
    ],
)
def test_every_view_shows_what_the_model_says(
    tmp_path_factory: pytest.TempPathFactory, tables: Path, mongo_url: str, number: int
) -> None:
    @seed(number)
    @FEW
    @given(history=HISTORIES, orders=ORDER_QUESTIONS, products=PRODUCT_QUESTIONS, texts=TEXTS)
    def live(
        history: list[Step], orders: list[Question], products: list[Question], texts: list[str]
    ) -> None:
        path = tmp_path_factory.mktemp("shop") / "write.sqlite"
        shutil.copyfile(tables, path)
        url = f"sqlite+aiosqlite:///{path}"
        asyncio.run(lived(url, mongo_url, history, orders, products, texts))

    live()


async def lived(
    write_url: str,
    mongo_url: str,
    history: Sequence[Step],
    orders: Sequence[Question],
    products: Sequence[Question],
    texts: Sequence[str],
) -> None:
    """Does what happened, and compares what is to be seen of it in the end."""
    async with running(write_url, mongo_url) as application:
        played = Played(application)
        for step in (*OPENING, *history):
            await played.step(step)
        await application.level()
        await same_everywhere(application, played.shop, orders, products, texts)
        assert await application.problems() == []
