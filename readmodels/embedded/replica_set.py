"""A mongod alone as a replica set of one: what transactions and change streams need."""

from __future__ import annotations

import asyncio
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from readmodels.embedded.errors import MongodError
from readmodels.embedded.process import POLL

_NAME = "diptych"
_NOT_YET_INITIALIZED = 94
_ALREADY_INITIALIZED = 23


def url_of(port: int) -> str:
    """The URL of the only member: to go by its name alone saves the search for others."""
    return f"mongodb://127.0.0.1:{port}/?directConnection=true"


async def make_primary(port: int, *, within: float) -> None:
    """Form the set, or give it this port where it remembers another, until it takes writes.

    Raises MongodError when it does not within that many seconds.
    """
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        url_of(port),
        serverSelectionTimeoutMS=int(within * 1000),
        socketTimeoutMS=int(within * 1000),
    )
    try:
        async with client, asyncio.timeout(within):
            while not (await client.admin.command("hello")).get("isWritablePrimary"):
                await _settle(client, f"127.0.0.1:{port}")
                await asyncio.sleep(POLL)
    except (TimeoutError, PyMongoError) as error:
        raise MongodError(
            f"The MongoDB server on port {port} does not answer: {str(error) or 'no time left'}."
        ) from error


async def end_sessions(port: int) -> None:
    """End what killed processes have left: the transaction that one had open would hold up whoever
    writes the same documents until MongoDB gives it up, 90 seconds later."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(url_of(port))
    try:
        async with client:
            await client.admin.command("killAllSessions", [])
    except PyMongoError as error:
        raise MongodError(f"The MongoDB server on port {port} does not answer: {error}.") from error


async def _settle(client: AsyncMongoClient[dict[str, Any]], host: str) -> None:
    try:
        config = (await client.admin.command("replSetGetConfig"))["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        await _initiate(client, host)
        return
    if [member["host"] for member in config["members"]] != [host]:
        # Forced, since a member that does not find itself in its set has no vote.
        config["members"] = [{**config["members"][0], "host": host}]
        config["version"] += 1
        await client.admin.command("replSetReconfig", config, force=True)


async def _initiate(client: AsyncMongoClient[dict[str, Any]], host: str) -> None:
    config = {"_id": _NAME, "members": [{"_id": 0, "host": host}]}
    try:
        await client.admin.command("replSetInitiate", config)
    except OperationFailure as error:
        # It is still reading the configuration of its last run.
        if error.code != _ALREADY_INITIALIZED:
            raise
