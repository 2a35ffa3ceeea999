"""Where a mongod comes from: the one that was named, the installed wheel's, the PATH's."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from readmodels.embedded.errors import MongodError

OLDEST = 6
"""The first major version whose change streams and transactions the read side relies on."""

_VERSION_TIMEOUT = 30
_WHAT_TO_DO = (
    "set DIPTYCH_MONGOD to a mongod of version 6 or later, put one on the PATH, "
    "or set DIPTYCH_MONGO_URL to a replica set that runs already"
)


def find_mongod(given: Path | None) -> Path:
    """The first mongod that runs here; one that is `given` is the only one looked at.

    Raises MongodError where there is none.
    """
    if given is not None:
        return _named(given)
    wrong: list[str] = []
    for candidate in _candidates():
        complaint = _complaint(candidate)
        if complaint is None:
            return candidate
        wrong.append(f"{candidate} does not run ({complaint})")
    found = " and ".join(wrong) or "none is installed"
    raise MongodError(f"No MongoDB server can be run here, {found}: {_WHAT_TO_DO}.")


def _named(given: Path) -> Path:
    if not given.is_file():
        raise MongodError(f"DIPTYCH_MONGOD is '{given}', which is not a file.")
    if not os.access(given, os.X_OK):
        raise MongodError(f"DIPTYCH_MONGOD is '{given}', which is not executable.")
    complaint = _complaint(given)
    if complaint is not None:
        raise MongodError(f"DIPTYCH_MONGOD is '{given}', which does not run: {complaint}.")
    return given.resolve()


def _candidates() -> Iterator[Path]:
    # Only the parent's place is asked for: importing the package would run its code.
    spec = importlib.util.find_spec("fiftyone")
    for location in (spec.submodule_search_locations if spec else None) or ():
        path = Path(location, "db", "bin", "mongod")
        if path.is_file():
            yield path
    on_path = shutil.which("mongod")
    if on_path:
        yield Path(on_path).resolve()


def _complaint(mongod: Path) -> str | None:
    """What keeps this mongod from being used, in its own words where it has some."""
    try:
        if not os.access(mongod, os.X_OK):
            mongod.chmod(mongod.stat().st_mode | stat.S_IXUSR)
        ran = subprocess.run(
            [mongod, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    version = re.search(r"db version v(\d+)\.\S+", ran.stdout)
    if ran.returncode == 0 and version is not None:
        recent = int(version[1]) >= OLDEST
        return None if recent else f"{version[0]}, and {OLDEST} is the oldest that serves"
    said = (ran.stderr + ran.stdout).strip().splitlines()
    return said[0].rstrip(".") if said else f"exit code {ran.returncode}"
