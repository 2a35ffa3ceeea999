"""The command line: `diptych serve`, and what is run beside a server or without one."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from schema import __version__
from schema.cli.ending import SHUTDOWN_WAIT, end_within
from schema.cli.loading import faults_in_loading
from schema.logs import set_up_logs, show_logs
from schema.settings import Settings

logger = logging.getLogger(__name__)

_INTERRUPTED = 130
_TERMINATED = 143

# Each a coroutine function: it takes the settings and the command's arguments, and answers the
# exit code. Named, not imported, so that a command loads only what it uses.
_BODIES = {
    "serve": "schema.cli.serve:serve",
    "migrate": "schema.cli.migrate:migrate",
    "verify": "schema.cli.verify:verify",
    "rebuild": "schema.cli.rebuild:rebuild",
    "import": "schema.importing:import_orders",
    "sdl": "schema.cli.print_sdl:print_sdl",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit code; 2 is a failure that one sentence explains."""
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    set_up_logs()
    try:
        settings = Settings.from_env()
        show_logs(settings.log_level)
        return _run(_body(command)(settings, **options))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except asyncio.CancelledError:
        return _TERMINATED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as failure:
        if faults := faults_in_loading(failure):
            logger.debug("The program cannot be loaded.", exc_info=failure)
            said = "\n  ".join(("The program cannot be loaded:", *faults))
        elif isinstance(failure, _known_failures()):
            said = str(failure)
        else:
            raise
        print(f"diptych: {said}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diptych", description="An order backend: commands in, documents out, live."
    )
    parser.add_argument("--version", action="version", version=f"diptych {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    commands.add_parser("serve", help="start the server")
    commands.add_parser("migrate", help="bring the write store's tables up to date")
    commands.add_parser("verify", help="compare every stored document with the log's fold")
    rebuild = commands.add_parser("rebuild", help="fold views afresh from the whole log")
    rebuild.add_argument(
        "view", metavar="VIEW", nargs="?", help="its name, such as order_list_item; without, all"
    )
    importing = commands.add_parser("import", help="replay real orders as commands")
    formats = importing.add_subparsers(dest="format", required=True, metavar="FORMAT")
    retail = formats.add_parser("online-retail", help="the UCI Online Retail data set, as CSV")
    retail.add_argument("file", metavar="FILE", type=Path)
    retail.add_argument("--strict", action="store_true", help="stop at the first malformed line")
    commands.add_parser("sdl", help="print the API's schema")
    return parser


def _known_failures() -> tuple[type[Exception], ...]:
    """Those whose own words are enough; any other failure keeps its traceback."""
    from commands.outcome import OutcomeUnknown
    from commands.store.codec import UnknownFact
    from commands.store.migrating import OutdatedDatabase
    from commands.store.unavailable import Unavailable
    from commands.supervision import TaskDied
    from projections.declarations import WrongDeclarations
    from readmodels.embedded import MongodError
    from readmodels.store.errors import ReadModelError
    from schema.cli.level import NotLevel
    from schema.cli.serve import CannotListen
    from schema.cli.view_failed import ViewFailed
    from schema.settings import SettingsError

    return (
        SettingsError,
        WrongDeclarations,
        CannotListen,
        MongodError,
        ReadModelError,
        Unavailable,
        OutcomeUnknown,
        OutdatedDatabase,
        UnknownFact,
        NotLevel,
        ViewFailed,
        TaskDied,
    )


def _body(command: str) -> Callable[..., Coroutine[Any, Any, int]]:
    module, _, function = _BODIES[command].partition(":")
    body: Callable[..., Coroutine[Any, Any, int]] = getattr(
        importlib.import_module(module), function
    )
    return body


def _run(body: Coroutine[Any, Any, int]) -> int:
    with asyncio.Runner(loop_factory=_new_event_loop()) as runner:
        return runner.run(_until_terminated(body))


async def _until_terminated(body: Coroutine[Any, Any, int]) -> int:
    """SIGTERM stops a command as Ctrl-C does: what it started is stopped in order, and in time."""
    task = asyncio.current_task()
    assert task is not None

    def stop() -> None:
        end_within(SHUTDOWN_WAIT)
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    return await body


def _new_event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
