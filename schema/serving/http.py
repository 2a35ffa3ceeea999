"""GraphQL over HTTP: POST for everything, GET (and HEAD) for queries, a page for browsers."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from graphql import OperationType
from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response as HttpResponse
from starlette.types import Receive, Scope, Send

from schema.serving.body import LARGEST_BODY, Gone, TooLarge, read_body
from schema.serving.errors import told, told_fault
from schema.serving.execution import STOPPING, Execution, NotHere, Response, Run
from schema.serving.json_text import BadJson, read_json, read_json_in_turn
from schema.serving.media_types import GRAPHQL, JSON, answer_type, is_json, wants_page
from schema.serving.operations import NotExecutable
from schema.serving.request import BadRequest, Request, read_request

T = TypeVar("T")

_READING: Final = ("GET", "HEAD")
_BY_POST: Final = (OperationType.QUERY, OperationType.MUTATION)


class _Refused(Exception):
    """The request is turned away with a status of its own."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


class GraphQLOverHttp:
    """The endpoint; `page` makes what a browser is shown."""

    def __init__(self, execution: Execution, page: Callable[[], HttpResponse]) -> None:
        self._execution = execution
        self._turns = execution.turns
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if scope["method"] in _READING and wants_page(headers.get("accept")):
            answer = self._page()
        else:
            try:
                answer = await self._answer(scope, receive, headers)
            except Gone:
                return
        answer.headers.add_vary_header("Accept")
        # A server leaves out the body of what answers HEAD.
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, headers: Headers) -> HttpResponse:
        # What is turned away for its Accept header has still to be told so in some form.
        kind = answer_type(headers.get("accept")) or JSON
        run: Run | None = None
        try:
            request, allowed = await self._request(scope, receive, headers)
            run = await _while_awaited(receive, self._begin(request, allowed))
            response = await _response(run, receive)
            return await self._turns.run(partial(_encoded, response, kind))
        except _Refused as error:
            return _encoded(_bad_request(str(error)), kind, error.status, headers=error.headers)
        except NotExecutable as error:
            return _encoded(Response(told(error.errors)), kind)
        except asyncio.CancelledError:
            # The server stops and its patience is at an end: the task has nothing else to do than
            # to say so.
            cut_off = run.cut_off() if run else Response(STOPPING)
            return _encoded(cut_off, kind, 503, headers={"Connection": "close"})
        except Gone:
            raise
        except Exception as fault:
            return _encoded(Response(told_fault(fault)), kind, 500)

    async def _request(
        self, scope: Scope, receive: Receive, headers: Headers
    ) -> tuple[Request, tuple[OperationType, ...]]:
        """What the client asks for, and the types of operations that it may ask for in this way;
        raises Gone, _Refused."""
        method = scope["method"]
        if method != "POST" and method not in _READING:
            raise _Refused(405, "GraphQL is served by GET and POST.", Allow="GET, HEAD, POST")
        if answer_type(headers.get("accept")) is None:
            raise _Refused(406, f"Answers come as {GRAPHQL} or {JSON}.")
        try:
            if method in _READING:
                from_query = partial(_from_query, scope["query_string"])
                return await self._turns.run(from_query), (OperationType.QUERY,)
            body = await _posted(receive, headers)
            return read_request(await read_json_in_turn(body, self._turns)), _BY_POST
        except BadJson as error:
            raise _Refused(400, f"The request cannot be read: {error}.") from None
        except BadRequest as error:
            raise _Refused(400, str(error)) from None

    async def _begin(self, request: Request, allowed: tuple[OperationType, ...]) -> Run:
        try:
            return await self._execution.begin(request, *allowed)
        except NotHere as error:
            if error.type is OperationType.MUTATION:
                raise _Refused(405, str(error), Allow="POST") from None
            raise


async def _response(run: Run, receive: Receive) -> Response:
    if run.type is OperationType.MUTATION:
        # What has begun to be recorded is finished, whoever waits for it.
        return await run.response()
    return await _while_awaited(receive, run.response())


async def _while_awaited(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What comes of the work, which ends where its client goes away: raises Gone then."""
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_until_gone(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Gone
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _posted(receive: Receive, headers: Headers) -> bytes:
    try:
        body = await read_body(receive)
    except TooLarge:
        raise _Refused(
            413, f"A request has at most {LARGEST_BODY:,} bytes.", Connection="close"
        ) from None
    if not is_json(headers.get("content-type")):
        raise _Refused(415, f"A request is sent as {JSON}, in UTF-8.")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise _Refused(415, "A request is sent without a content encoding.")
    return body


def _from_query(query: bytes) -> Request:
    payload: dict[str, Any] = dict(QueryParams(query))
    for name in ("variables", "extensions"):
        if payload.get(name):
            payload[name] = read_json(payload[name])
        else:
            payload.pop(name, None)
    return read_request(payload)


def _bad_request(message: str) -> Response:
    return Response([{"message": message, "extensions": {"code": "BAD_REQUEST"}}])


def _encoded(
    response: Response,
    kind: str,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    if status is None:
        # The older media type has no other way to say that the answer is GraphQL's.
        status = 200 if response.ran or kind == JSON else 400
    return HttpResponse(
        response.encoded(),
        status,
        headers={"Content-Type": f"{kind}; charset=utf-8", **(headers or {})},
    )
