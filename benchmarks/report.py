"""The figures as Markdown to paste, and as JSON to keep."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.figures import Comparison, Delay, Growth, Section, Spread, quantile


def markdown(machine: Mapping[str, str], sections: Sequence[Section]) -> str:
    parts = [
        "\n".join(f"- {name}: {value}" for name, value in machine.items()),
        "Rates are medians over the rounds. Beside each stands how many times that Diptych does:"
        " the median of the rounds' own ratios, and the least and the greatest, which is the"
        " machine's noise. Below 1 × Diptych is slower.",
        *(_section(section) for section in sections),
        _lost(sections),
    ]
    return "\n\n".join(parts)


def as_json(machine: Mapping[str, str], sections: Sequence[Section]) -> dict[str, Any]:
    """Rates of every round; milliseconds of delays."""
    return {
        "machine": dict(machine),
        "sections": [
            {
                "title": section.title,
                "comparisons": [
                    asdict(each) | {"ratio": asdict(each.ratio)} for each in section.comparisons
                ],
                "delays": [
                    {
                        "case": each.case,
                        "what": each.what,
                        "seen": len(each.seconds),
                        "p50_ms": round(each.p50, 3),
                        "p99_ms": round(each.p99, 3),
                    }
                    for each in section.delays
                ],
                "growths": [
                    {
                        "case": each.case,
                        "what": each.what,
                        "few": _quantiles(each.few),
                        "many": _quantiles(each.many),
                        "ratio": asdict(each.ratio),
                    }
                    for each in section.growths
                ],
            }
            for section in sections
        ],
    }


def _section(section: Section) -> str:
    parts = [f"### {section.title}", section.said]
    if section.comparisons:
        parts.append(_compared(section.comparisons))
    if section.delays:
        parts.append(_delayed(section.delays))
    if section.growths:
        parts.append(_grown(section.growths))
    return "\n\n".join(parts)


def _compared(comparisons: Sequence[Comparison]) -> str:
    """A line for each case, a column for each way."""
    others = dict.fromkeys(each.other for each in comparisons)
    by_case: dict[str, list[Comparison]] = {}
    for each in comparisons:
        by_case.setdefault(each.case, []).append(each)
    return _table(
        (comparisons[0].unit, "Diptych", *others),
        ((case, _rate(beside[0].ours), *map(_beside, beside)) for case, beside in by_case.items()),
    )


def _beside(comparison: Comparison) -> str:
    return f"{_rate(comparison.theirs)}: {_ratio(comparison.ratio)}"


def _delayed(delays: Iterable[Delay]) -> str:
    return _table(
        ("case", "what", "p50", "p99"),
        ((each.case, each.what, f"{each.p50:.1f} ms", f"{each.p99:.1f} ms") for each in delays),
    )


def _grown(growths: Iterable[Growth]) -> str:
    return _table(
        ("case", "way", "few: p50 / p99", "many: p50 / p99", "many to few, p50"),
        (
            (each.case, each.what, _shown(each.few), _shown(each.many), _ratio(each.ratio))
            for each in growths
        ),
    )


def _shown(rounds: Sequence[Sequence[float]]) -> str:
    return "{p50_ms:,.2f} / {p99_ms:,.2f} ms".format(**_quantiles(rounds))


def _quantiles(rounds: Sequence[Sequence[float]]) -> dict[str, float]:
    """Over all rounds."""
    every = [seconds for each in rounds for seconds in each]
    return {
        "seen": len(every),
        "p50_ms": round(quantile(every, 0.50), 3),
        "p99_ms": round(quantile(every, 0.99), 3),
    }


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _lost(sections: Sequence[Section]) -> str:
    lost = [
        f"- {each.case}: {_ratio(each.ratio)} beside {each.other}"
        for section in sections
        for each in section.comparisons
        if each.ratio.median < 1
    ]
    return "\n".join(["### Where Diptych is slower", "", *(lost or ["- nowhere in this run"])])


def _rate(values: Sequence[float]) -> str:
    rate = Spread.of(values).median
    return f"{rate:,.0f}" if rate >= _FRACTION else f"{rate:.2g}"


def _ratio(ratio: Spread) -> str:
    return f"{_times(ratio.median)} ({_times(ratio.least)} to {_times(ratio.most)})"


def _times(ratio: float) -> str:
    return f"{ratio:,.1f} ×" if ratio >= _COARSE else f"{ratio:.2f} ×"


_COARSE, _FRACTION = 3, 10
