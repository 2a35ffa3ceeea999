"""Fetch the playground's files through npm: `python -m schema.playground.fetch`, run by set-up."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from schema.playground.assets import ASSETS, STATIC, Asset

_TIMEOUT = 120


class NotFetched(Exception):
    """The files could not be had: the reason, in a few words."""


def main() -> None:
    """Fetch what is missing. Without npm or a network the page uses a CDN, so that is no error."""
    missing = [asset for asset in ASSETS if not asset.is_here]
    if not missing:
        return
    try:
        _fetch(missing)
    except NotFetched as reason:
        print(
            f"The playground will load its files from a CDN ({reason}); "
            "`make playground` tries again to fetch them."
        )


def _fetch(assets: list[Asset]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for (package, version), files in groupby(sorted(assets, key=_release), key=_release):
            archive = _packed(package, version, Path(folder))
            for asset, content in _contents(archive, list(files)):
                if not asset.is_intact(content):
                    raise NotFetched(f"{asset.name} is not what was expected")
                _keep(asset, content)


def _release(asset: Asset) -> tuple[str, str]:
    return asset.package, asset.version


def _packed(package: str, version: str, folder: Path) -> Path:
    """The package as npm packs it."""
    command = ["npm", "pack", "--silent", "--ignore-scripts", "--fetch-retries=0"]
    try:
        subprocess.run(
            [*command, f"--pack-destination={folder}", f"{package}@{version}"],
            cwd=folder,
            capture_output=True,
            timeout=_TIMEOUT,
            check=True,
        )
    except FileNotFoundError:
        raise NotFetched("npm is not installed") from None
    except (OSError, subprocess.SubprocessError):
        raise NotFetched(f"npm could not fetch {package} {version}") from None
    return folder / f"{package}-{version}.tgz"


def _contents(archive: Path, assets: list[Asset]) -> Iterator[tuple[Asset, bytes]]:
    try:
        with tarfile.open(archive) as packed:
            for asset in assets:
                member = packed.extractfile(f"package/{asset.path}")
                yield asset, member.read() if member else b""
    except (OSError, KeyError, tarfile.TarError):
        raise NotFetched(f"npm's archive {archive.name} cannot be read") from None


def _keep(asset: Asset, content: bytes) -> None:
    """Whole or not at all, also when it is interrupted."""
    STATIC.mkdir(exist_ok=True)
    part = asset.file.with_suffix(".part")
    part.write_bytes(content)
    part.replace(asset.file)


if __name__ == "__main__":
    main()
