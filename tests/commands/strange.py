"""Commands that go wrong as no real one should."""

import time
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime

from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.events import Event, Money, ProductRegistered
from commands.given import Id
from commands.ids import new_id
from commands.products.product import Product
from commands.refusal import Refusal


@command
class RegisterPriced:
    """Registers a product at a price that nobody checked."""

    minor: int
    product_id: Id = field(default_factory=lambda: Id(new_id("prd")))

    @property
    def target(self) -> Ref[Product]:
        return Ref(Product, self.product_id)

    def check(self) -> Iterator[Refusal]:
        yield from ()

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target

    def decide(self, world: World, now: datetime) -> Iterator[Event]:
        yield ProductRegistered(
            product_id=self.product_id,
            sku=self.product_id,
            name="Odd",
            description=None,
            category="Odd",
            price=Money(self.minor, "GBP"),
        )


@command
class Misdecide(RegisterPriced):
    """Raises while deciding, after it already brought something about."""

    minor: int = 1

    def decide(self, world: World, now: datetime) -> Iterator[Event]:
        yield from RegisterPriced.decide(self, world, now)
        raise ZeroDivisionError


@command
class Misneed(RegisterPriced):
    """Raises while saying what it needs."""

    minor: int = 1

    def needs(self, world: World) -> Iterator[Need]:
        yield from ()
        raise ZeroDivisionError


@command
class LookElsewhere(RegisterPriced):
    """Looks at something that it did not declare to need."""

    minor: int = 1

    def decide(self, world: World, now: datetime) -> Iterator[Event]:
        world.find(Product, new_id("prd"))
        yield from RegisterPriced.decide(self, world, now)


@command
class DecideFor(RegisterPriced):
    """Takes so many seconds to decide, without a turn for anybody else."""

    minor: int = 1
    seconds: float

    def decide(self, world: World, now: datetime) -> Iterator[Event]:
        time.sleep(self.seconds)
        yield from RegisterPriced.decide(self, world, now)
