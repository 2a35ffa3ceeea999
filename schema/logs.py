"""How the program's log looks: a line each, with its time in UTC, its level, and who says it."""

import logging
import time


def set_up_logs() -> None:
    """Everything that is logged in this process goes to standard error, in one form; until
    `show_logs` says otherwise, from warnings on."""
    lines = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    lines.converter = time.gmtime
    lines.default_time_format = "%Y-%m-%dT%H:%M:%S"
    lines.default_msec_format = "%s.%03dZ"
    handler = logging.StreamHandler()
    handler.setFormatter(lines)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # At each start it tells of what it looks with; what it has changed is told by who had it done.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def show_logs(level: str) -> None:
    """From a level on: debug, info, warning, error or critical."""
    logging.getLogger().setLevel(level.upper())
