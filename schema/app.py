"""The composition root: the one place that knows both panels, and in which order they start."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from starlette.types import ASGIApp

from commands.bus import Bus, running_bus
from commands.feed import Feed, running_feed
from commands.orders.payment_window import PaymentWindow
from commands.recovery import notice_recovery
from commands.store.database import Database
from commands.store.migrating import ensure_current
from commands.supervision import Heartbeat, Supervisor
from commands.timers import running_timers
from projections.engine import Engine
from readmodels.embedded import embedded_mongod
from readmodels.store import Store, Unreachable, Unusable
from schema.declarations import check_declarations
from schema.serving.asgi import build
from schema.serving.headers import BrowserHeaders
from schema.serving.health import Checks
from schema.serving.hosts import Hosts
from schema.serving.liveness import loop_runs, writer_moves
from schema.serving.origins import Origins
from schema.serving.readiness import (
    clocks_agree,
    commands_can_be_recorded,
    documents_can_be_read,
    tasks_run,
    timers_fire,
    views_are_level,
)
from schema.setting_values import without_password
from schema.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Diptych:
    """The running application: its parts, and what a server is to serve."""

    bus: Bus
    feed: Feed
    database: Database
    store: Store
    asgi: ASGIApp
    supervisor: Supervisor
    ready: Checks


@asynccontextmanager
async def running(
    settings: Settings, *, projecting: bool = True, timing: bool = False
) -> AsyncIterator[Diptych]:
    """The application for as long as the context lasts; what was started last is stopped first.

    Timers are set and taken back wherever commands are handled, and fired where `timing`: by
    servers, so that no command beside one or without one changes what it was not asked to.

    All that runs for as long as the application has one parent. Raises TaskDied at the end where a
    task without which nothing can be served has died, which cuts the context short unless the
    supervisor's `on_death` is set to another way out. Raises WrongDeclarations before anything
    begins, and OutdatedDatabase before any document is touched.
    """
    check_declarations()
    async with AsyncExitStack() as stack:
        supervisor = await stack.enter_async_context(Supervisor())
        mongo_url = settings.mongo_url
        if mongo_url is None:
            mongo_url = await stack.enter_async_context(
                embedded_mongod(
                    settings.data,
                    binary=settings.mongod,
                    cache_mb=settings.mongo_cache_mb,
                    supervisor=supervisor,
                )
            )
        # Before the documents are brought to this version's layout: where the tables are another
        # version's, nothing of its is touched.
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        await ensure_current(database, migrating=database.is_sqlite)
        store = await stack.enter_async_context(await _read_store(settings, mongo_url, supervisor))
        feed = await stack.enter_async_context(running_feed(database, supervisor))
        if projecting:
            await stack.enter_async_context(Engine(store, feed, supervisor=supervisor))
        window = PaymentWindow(settings.payment_window)
        bus = await stack.enter_async_context(
            running_bus(
                database,
                on_commit=feed.wake,
                processes=[window],
                supervisor=supervisor,
                command_wait=settings.command_wait,
            )
        )
        noticing = partial(notice_recovery, database, bus)
        await stack.enter_async_context(supervisor.running("recovery", noticing))
        timers = None
        if timing and window.length:
            firing = running_timers(database, bus, window, supervisor=supervisor)
            timers = await stack.enter_async_context(firing)
        heartbeat = Heartbeat()
        await stack.enter_async_context(supervisor.running("heartbeat", heartbeat.run))
        ready: Checks = {
            "write store": commands_can_be_recorded(bus),
            "read store": documents_can_be_read(store),
        }
        served = build(
            store=store,
            bus=bus,
            read_wait=settings.read_wait,
            bounds=settings.answer_bounds,
            ready=ready,
            told={
                "projections": views_are_level(store, settings.ready_lag),
                "tasks": tasks_run(supervisor),
                "clock": clocks_agree(bus),
                "timers": timers_fire(timers),
            },
            alive={"event loop": loop_runs(heartbeat), "writer": writer_moves(bus)},
        )
        for_pages = Origins(served, settings.host, settings.origins)
        asgi = BrowserHeaders(Hosts(for_pages, settings.host, settings.allowed_hosts))
        yield Diptych(
            bus=bus,
            feed=feed,
            database=database,
            store=store,
            asgi=asgi,
            supervisor=supervisor,
            ready=ready,
        )


async def _read_store(settings: Settings, url: str, supervisor: Supervisor) -> Store:
    """Raises SettingsError where the server that was named cannot be the read store."""
    try:
        return await Store.open(url, settings.mongo_database, settings.mongo_driver, supervisor)
    except (Unreachable, Unusable) as error:
        if settings.mongo_url is None:
            raise
        shown = without_password(url)
        raise SettingsError(f"DIPTYCH_MONGO_URL is '{shown}': {error}.") from error
