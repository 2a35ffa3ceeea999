"""Killed at random moments, the server loses nothing that it answered, and does nothing twice."""

from __future__ import annotations

import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure

from tests.e2e.crowd import Crowd
from tests.e2e.mongo import documents
from tests.e2e.server import Log, serving_api
from tests.e2e.shop import new_order, new_product
from tests.schema.running import ROOT, diptych, environment, serving

CLIENTS = 6
MOST_ANSWERS = 40
"""Between two kills."""
MOMENT = 0.03
"""Seconds; an answer takes about as long."""
START = 1.0
"""Seconds that a start takes, about."""

# The first fact of each command: it is in the log as often as the command happened.
FACTS = {
    "registerCustomer": "CustomerRegistered",
    "receiveStock": "StockReceived",
    "placeOrder": "OrderPlaced",
    "confirmOrder": "OrderConfirmed",
    "shipOrder": "OrderShipped",
    "deliverOrder": "OrderDelivered",
    "cancelOrder": "OrderCancelled",
    "changePrice": "PriceChanged",
}


@pytest.mark.parametrize(
    ("kills", "while_starting"), [(6, 2), pytest.param(20, 4, marks=pytest.mark.long)]
)
def test_what_was_accepted_before_a_kill_is_in_the_log_exactly_once(
    tmp_path: Path, kills: int, while_starting: int
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - to try a failure again
    with serving_api(tmp_path) as (_, api):
        crowd = Crowd(hot=new_product(api), rare=new_product(api), seed=seed)
    settings = environment(DIPTYCH_DATA=str(tmp_path))

    with crowd.ordering(CLIENTS):
        _kill_again_and_again(tmp_path, crowd, random.Random(seed), kills, while_starting)
        with serving(tmp_path) as server:
            crowd.server_is_at(server.url)
            crowd.wait_for_answers(CLIENTS)
            beside = diptych("verify", env=settings)
            crowd.leave()
    assert beside.returncode == 0, beside.stdout + beside.stderr

    assert crowd.unanswered > 0
    _each_accepted_command_happened_once(crowd, Log(tmp_path))
    alone = diptych("verify", env=settings)
    assert alone.returncode == 0, alone.stdout + alone.stderr


def test_a_transaction_that_was_open_at_a_kill_holds_up_no_view(tmp_path: Path) -> None:
    with serving_api(tmp_path) as (killed, api):
        order = new_order(api)
        killed.ends_after(signal.SIGKILL)
    with ExitStack() as left:
        database = left.enter_context(documents(tmp_path))
        session = left.enter_context(database.client.start_session())
        _leave_a_transaction_open(database, session)
        # A wait that is shorter than MongoDB would let the transaction stand.
        with serving_api(tmp_path, DIPTYCH_READ_WAIT="3") as (_, api), left:
            shown = api.run("confirmOrder", "order { status }", orderId=order.id)
            assert shown["order"] == {"status": "CONFIRMED"}


def _leave_a_transaction_open(database: Database[dict[str, Any]], session: ClientSession) -> None:
    """Holding every checkpoint, as soon as the killed server's own transaction has been ended."""
    while True:
        session.start_transaction()
        try:
            for checkpoint in database["checkpoints"].find(session=session):
                same = {"_id": checkpoint["_id"]}
                database["checkpoints"].replace_one(same, checkpoint | {"x": 1}, session=session)
        except OperationFailure as conflict:
            if not conflict.has_error_label("TransientTransactionError"):
                raise
            session.abort_transaction()
        else:
            return


def _kill_again_and_again(
    data: Path, crowd: Crowd, rng: random.Random, kills: int, while_starting: int
) -> None:
    starts_to_kill = rng.sample(range(kills), while_starting)
    for number in range(kills):
        if number in starts_to_kill:
            _kill_one_that_starts(data, after=rng.uniform(0, START))
        with serving(data) as server:
            crowd.server_is_at(server.url)
            crowd.wait_for_answers(rng.randrange(1, MOST_ANSWERS))
            time.sleep(rng.uniform(0, MOMENT))
            server.ends_after(signal.SIGKILL)
            crowd.server_is_at("")


def _kill_one_that_starts(data: Path, *, after: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "schema", "serve"],
        cwd=ROOT,
        env=environment(DIPTYCH_DATA=str(data), DIPTYCH_PORT="0"),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        time.sleep(after)
        assert process.poll() is None
        process.kill()


def _each_accepted_command_happened_once(crowd: Crowd, log: Log) -> None:
    recorded = {
        key: (id, version, str(position))
        for key, id, version, position in log.rows(
            "SELECT key, aggregate_id, version, position FROM outcomes"
        )
    }
    answered = {
        key: (answer.id, answer.version, answer.position)
        for key, (_, answer) in crowd.accepted.items()
    }
    assert recorded == answered
    assert not crowd.refused & recorded.keys()
    positions = log.rows("SELECT count(*), count(DISTINCT position) FROM outcomes")
    assert positions == [(len(answered), len(answered))]
    # Each outcome names its command's last fact, and but for the two products' registration there
    # are no other commands in the log.
    commands = log.rows("SELECT command_id FROM events GROUP BY command_id")
    assert len(commands) == len(answered) + 2
    facts = Counter(dict(log.rows("SELECT type, count(*) FROM events GROUP BY type")))
    happened = {command: facts[fact] for command, fact in FACTS.items() if facts[fact]}
    assert happened == crowd.counts()
    last = max(int(answer.position) for _, answer in crowd.accepted.values())
    assert log.head() == last
