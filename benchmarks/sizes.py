"""How long and how much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """`rounds` is how often the ways alternate; `facts` the length of the log that is folded;
    `orders` few and many of them to ask for, `followers` few and many of lists; the rest are
    seconds and numbers of clients."""

    rounds: int
    seconds: float
    clients: tuple[int, ...]
    crowd: int
    facts: int
    lag_seconds: float
    lag_rate: float
    orders: tuple[int, int]
    followers: tuple[int, int]


FULL = Sizes(
    rounds=3,
    seconds=1.0,
    clients=(1, 16, 64, 256),
    crowd=64,
    facts=20_000,
    lag_seconds=8.0,
    lag_rate=200.0,
    orders=(10_000, 1_000_000),
    followers=(100, 10_000),
)

QUICK = Sizes(
    rounds=1,
    seconds=0.3,
    clients=(1, 16, 64, 256),
    crowd=64,
    facts=6_000,
    lag_seconds=2.0,
    lag_rate=200.0,
    orders=(300, 3_000),
    followers=(100, 10_000),
)
