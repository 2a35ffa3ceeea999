"""Measured numbers, and how they compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """One number measured in several rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Diptych beside another way, in one case: a rate of each for every round."""

    case: str
    other: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratio(self) -> Spread:
        """Ours to theirs, of the same rounds: below 1 the other way is faster."""
        return Spread.of([our / their for our, their in zip(self.ours, self.theirs, strict=True)])


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something took, every time it was seen: seconds."""

    case: str
    what: str
    seconds: Sequence[float]

    @property
    def p50(self) -> float:
        """Milliseconds."""
        return quantile(self.seconds, 0.50)

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return quantile(self.seconds, 0.99)


def quantile(seconds: Sequence[float], share: float) -> float:
    """Milliseconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Growth:
    """How long an answer takes over few things and over many: seconds of each time, by round."""

    case: str
    what: str
    few: Sequence[Sequence[float]]
    many: Sequence[Sequence[float]]

    @property
    def ratio(self) -> Spread:
        """Many to few, of the same rounds' medians: above 1 it takes longer over many."""
        rounds = zip(self.few, self.many, strict=True)
        return Spread.of([median(many) / median(few) for few, many in rounds])


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together; `said` is how they were measured, in a sentence or two."""

    title: str
    said: str
    comparisons: Sequence[Comparison] = ()
    delays: Sequence[Delay] = ()
    growths: Sequence[Growth] = ()
