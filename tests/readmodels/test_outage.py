"""What may pass is told from what is a fault of ours, and so is an index that is not there yet."""

import logging

import pytest
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    CursorNotFound,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from readmodels.order_list_item import OrderListItem
from readmodels.store import PageRequest, Store, Unreachable, hints
from readmodels.store.connection import reaching
from readmodels.store.hints import along
from readmodels.view import Ordering, ascending
from tests.readmodels.documents import list_item, put


def labelled(label: str) -> PyMongoError:
    error = PyMongoError("for now")
    error._add_error_label(label)
    return error


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("connection closed"),
        NotPrimaryError("not primary"),
        ServerSelectionTimeoutError("no servers"),
        ExecutionTimeout("too long", 50),
        CursorNotFound("cursor id 1 not found", 43),
        WTimeoutError("waiting for replication timed out", 64),
        ConfigurationError("Sessions are not supported by this MongoDB deployment"),
        OperationFailure("interrupted", 9001),
        OperationFailure("operation exceeded time limit", 262),
        OperationFailure("no space left", 14031),
        labelled("TransientTransactionError"),
        labelled("RetryableWriteError"),
    ],
    ids=repr,
)
def test_a_server_in_trouble_is_away(error: PyMongoError) -> None:
    with pytest.raises(Unreachable) as told, reaching():
        raise error
    assert told.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("Read preference primary cannot be combined with tags"),
        ConfigurationError("Server at a:27017 reports wire version 3, but this version of PyMongo"),
        OperationFailure("unknown operator: $wherever", 2),
        OperationFailure("not authorized on diptych", 13),
        DuplicateKeyError("E11000 duplicate key error", 11000),
        InvalidOperation("Cannot use MongoClient after close"),
    ],
    ids=repr,
)
def test_what_would_fail_again_is_a_fault(error: PyMongoError) -> None:
    with pytest.raises(type(error)) as told, reaching():
        raise error
    assert told.value is error


@pytest.fixture(autouse=True)
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "_missed", set())


async def test_another_error_with_the_code_of_a_missing_index_is_a_fault() -> None:
    asked: list[Ordering | None] = []

    async def read(hint: Ordering | None) -> None:
        asked.append(hint)
        raise OperationFailure("$or must be an array", 2, {"errmsg": "$or must be an array"})

    with pytest.raises(OperationFailure, match="must be an array"):
        await along(ascending("a"), read)
    assert asked == [ascending("a")]


async def test_a_query_that_the_server_refuses_is_not_asked_again(store: Store) -> None:
    await put(store, OrderListItem, inserted=[list_item(1)])
    collection = store._connection.collection(store.checkpoint(OrderListItem).collection)
    asked: list[Ordering | None] = []

    async def read(hint: Ordering | None) -> object:
        asked.append(hint)
        return await collection.find_one({"$or": 1}, hint=hint)

    with pytest.raises(OperationFailure) as refused:
        await along(ascending("customer_id", "_id"), read)
    assert (refused.value.code, len(asked)) == (2, 1)


async def test_a_list_whose_index_is_gone_is_read_without_and_said_once(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await put(store, OrderListItem, inserted=[list_item(1), list_item(2)])
    collection = store._connection.collection(store.checkpoint(OrderListItem).collection)
    await collection.drop_indexes()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            page = await store.page(OrderListItem, PageRequest())
            assert [item.id for item in page.nodes] == ["ord_0002", "ord_0001"]
    assert [record.getMessage() for record in caplog.records] == [
        "There is no index on (placed_at, _id): a list is read without it."
    ]
