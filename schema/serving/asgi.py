"""The application as a server runs it: its addresses and what answers there."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from readmodels.store import Store
from readmodels.values import Position
from schema.api import SCHEMA
from schema.cost import USUAL_BOUNDS, AnswerBounds, Cost
from schema.playground import playground_page, playground_policy, playground_routes
from schema.serving.execution import Execution
from schema.serving.health import NO_CHECKS, Checks, health_routes
from schema.serving.http import GraphQLOverHttp
from schema.serving.websocket import INIT_TIMEOUT, GraphQLOverWebSocket
from schema.writing import Commanding, Handles

_ANYBODY = "anonymous"


def build(
    *,
    store: Store,
    bus: Handles,
    read_wait: float,
    ready: Checks,
    told: Checks = NO_CHECKS,
    alive: Checks = NO_CHECKS,
    bounds: AnswerBounds = USUAL_BOUNDS,
    init_timeout: float = INIT_TIMEOUT,
) -> Starlette:
    """The ASGI application over the two sides. `read_wait` is how many seconds a read waits for a
    position, `bounds` what one answer may take; the checks are those of /readyz and /healthz, by
    name."""

    def context(min_position: Position | None) -> Commanding:
        return Commanding(
            store=store,
            wait=read_wait,
            min_position=min_position,
            cost=Cost(bounds),
            bus=bus,
            actor=_ANYBODY,
        )

    execution = Execution(SCHEMA, context)
    routes: list[BaseRoute] = [
        Route("/", _to_the_playground),
        Route("/graphql", GraphQLOverHttp(execution, _playground)),
        WebSocketRoute("/graphql", GraphQLOverWebSocket(execution, init_timeout)),
        *health_routes(ready, told, alive),
        *playground_routes(),
    ]
    return Starlette(routes=routes)


def _playground() -> Response:
    return HTMLResponse(playground_page(), headers={"Content-Security-Policy": playground_policy()})


async def _to_the_playground(_: Request) -> Response:
    return RedirectResponse("/graphql")
