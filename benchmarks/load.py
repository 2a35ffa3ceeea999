"""Clients that each ask for one thing after another."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from time import perf_counter

Client = AsyncGenerator[None, None]
"""Does one command for each step."""

Begin = Callable[[int], Client]
"""The client of that number; no two at a time have the same."""


@dataclass(slots=True)
class Run:
    """What the clients got done: the seconds of each command, and of all of them together."""

    delays: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Commands a second."""
        return len(self.delays) / self.seconds


async def under_load(begin: Begin, clients: int, seconds: float) -> Run:
    """That many clients at once, each as fast as it is answered."""
    run = Run()
    started = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(clients):
            tasks.create_task(_until(begin(number), started + seconds, run.delays))
    run.seconds = perf_counter() - started
    return run


async def _until(client: Client, end: float, delays: list[float]) -> None:
    async with aclosing(client):
        asked = perf_counter()
        async for _ in client:
            answered = perf_counter()
            delays.append(answered - asked)
            if answered >= end:
                return
            asked = answered


async def at_rate(begin: Begin, rate: float, seconds: float) -> None:
    """So many commands a second, evenly: a client that is late does not hold up the others."""
    clients = max(1, int(rate * _LONGEST_ANSWER))
    started = perf_counter()

    async def pace(number: int) -> None:
        due = started + number / rate
        async with aclosing(begin(number)) as client:
            while due < started + seconds:
                await asyncio.sleep(due - perf_counter())
                await anext(client)
                due = max(due + clients / rate, perf_counter())

    async with asyncio.TaskGroup() as tasks:
        for number in range(clients):
            tasks.create_task(pace(number))


_LONGEST_ANSWER = 0.1
"""Seconds between two commands of one client that keeps its pace."""


async def in_turn(
    rounds: int, ways: Mapping[str, Callable[[], Awaitable[Run]]]
) -> dict[str, list[Run]]:
    """Every way once, then every way again."""
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, measure in ways.items():
            runs[name].append(await measure())
    return runs
