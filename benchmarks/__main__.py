"""python -m benchmarks [--quick] [--only NAME] [--json FILE]"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.machine import machine
from benchmarks.report import as_json, markdown
from benchmarks.servers import started
from benchmarks.sizes import FULL, QUICK, Sizes
from benchmarks.suite import MEASURES, measured


async def run(sizes: Sizes, names: Sequence[str], json: Path | None) -> None:
    async with started() as servers:
        on = await machine(servers)
        sections = []
        async for section in measured(servers, sizes, names):
            print(f"measured: {section.title}", file=sys.stderr, flush=True)
            sections.append(section)
    print(markdown(on, sections))
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(as_json(on, sections))))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same cases in two minutes")
    parser.add_argument("--only", metavar="NAME", choices=MEASURES, help=", ".join(MEASURES))
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there too")
    options = parser.parse_args()
    sizes = QUICK if options.quick else FULL
    names = [options.only] if options.only else list(MEASURES)
    if sys.platform == "win32":
        asyncio.run(run(sizes, names, options.json))
    else:
        import uvloop

        uvloop.run(run(sizes, names, options.json))


if __name__ == "__main__":
    main()
