"""The units of one product: what is in the house, and what of it is promised to orders."""

from dataclasses import replace
from typing import Self

from commands.aggregate import Aggregate, Kept, aggregate
from commands.events import (
    Event,
    StockAdjusted,
    StockReceived,
    StockReleased,
    StockReserved,
    StockShipped,
)


@aggregate
class Stock(Aggregate):
    """`available` never goes below zero: what is promised is in the house."""

    category = "stock"
    kept = Kept.EVENT_SOURCED

    on_hand: int = 0
    reserved: int = 0

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        stock = state or cls()
        match event:
            case StockReceived(quantity=units):
                return replace(stock, on_hand=stock.on_hand + units)
            case StockAdjusted(change=units):
                return replace(stock, on_hand=stock.on_hand + units)
            case StockReserved(quantity=units):
                return replace(stock, reserved=stock.reserved + units)
            case StockReleased(quantity=units):
                return replace(stock, reserved=stock.reserved - units)
            case StockShipped(quantity=units):
                return replace(
                    stock, on_hand=stock.on_hand - units, reserved=stock.reserved - units
                )
        raise TypeError(f"{event!r} is no fact about stock")
