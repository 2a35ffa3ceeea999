"""Whose pages may use the API: what browsers are told over HTTP, and who may open a WebSocket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from websockets import Origin
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from schema.serving.origins import Origins
from schema.settings import Settings, SettingsError
from tests.schema.edge import Edge, serving

SHOP = "https://shop.example"
THIS_MACHINE = [
    *("http://localhost", "http://localhost:5173", "https://localhost:8443", "null"),
    *("http://127.0.0.1:3000", "http://[::1]:3000"),
]
FOREIGN = [
    *(SHOP, "http://localhost.evil.example", "http://evil.example:8000", "ftp://localhost"),
    *("http://127.0.0.1.evil.example", "http://127.0.0.10:80", "nullx", ""),
]
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-request-id",
}


async def _answering(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("served")(scope, receive, send)


@asynccontextmanager
async def client(host: str, *named: str) -> AsyncIterator[httpx.AsyncClient]:
    """Of a server that listens on `host` and has `named` in its settings."""
    transport = httpx.ASGITransport(app=Origins(_answering, host, named))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.internal") as http:
        yield http


async def allowed(host: str, named: tuple[str, ...], origin: str) -> str | None:
    """The origin that the answer allows; the same as the preflight's."""
    async with client(host, *named) as http:
        answer = await http.get("/", headers={"Origin": origin})
        asked = await http.options("/", headers=PREFLIGHT | {"Origin": origin})
    told: str | None = answer.headers.get("Access-Control-Allow-Origin")
    assert answer.text == "served"
    assert asked.headers.get("Access-Control-Allow-Origin") == told
    assert asked.status_code == (200 if told else 400)
    return told


def open_socket(url: str, origin: str | None) -> None:
    """Raises InvalidStatus where the handshake is refused."""
    with connect(
        f"{url.replace('http', 'ws', 1)}/graphql",
        origin=None if origin is None else Origin(origin),
        subprotocols=[Subprotocol("graphql-transport-ws")],
    ) as socket:
        socket.send('{"type": "connection_init"}')
        assert socket.recv(timeout=10) == '{"type":"connection_ack"}'


@contextmanager
def server(mongo_url: str, data: Path, **settings: Any) -> Iterator[Edge]:
    url = mongo_url.replace("/?", "/origins?")
    with serving(Settings(data=data, mongo_url=url, **settings)) as edge:
        yield edge


@pytest.mark.parametrize("origin", THIS_MACHINE)
@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
async def test_on_a_loopback_address_pages_of_this_machine_are_allowed(
    host: str, origin: str
) -> None:
    assert await allowed(host, (), origin) == origin


@pytest.mark.parametrize("origin", FOREIGN)
async def test_on_a_loopback_address_no_page_of_elsewhere_is(origin: str) -> None:
    assert await allowed("127.0.0.1", (), origin) is None


@pytest.mark.parametrize("origin", [*THIS_MACHINE, *FOREIGN])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "shop.internal"])
async def test_on_another_address_no_other_page_is(host: str, origin: str) -> None:
    assert await allowed(host, (), origin) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_those_that_are_named_are_allowed_and_no_others(host: str) -> None:
    named = (SHOP, "app://shop", "null")
    for origin in named:
        assert await allowed(host, named, origin) == origin
    for origin in ("http://shop.example", f"{SHOP}:8443", "http://localhost:5173"):
        assert await allowed(host, named, origin) is None


@pytest.mark.parametrize("origin", [*THIS_MACHINE, SHOP])
async def test_a_star_allows_every_page(origin: str) -> None:
    assert await allowed("0.0.0.0", ("*",), origin) == "*"


async def test_a_preflight_allows_what_clients_send_and_is_remembered() -> None:
    async with client("0.0.0.0", SHOP) as http:
        answer = await http.options("/", headers=PREFLIGHT | {"Origin": SHOP})
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
    assert (
        answer.headers["Access-Control-Allow-Headers"] == "authorization,content-type,x-request-id"
    )
    assert answer.headers["Access-Control-Max-Age"] == "600"
    assert "Origin" in answer.headers["Vary"]


async def test_who_is_no_browser_is_answered_as_ever() -> None:
    async with client("0.0.0.0") as http:
        answer = await http.get("/")
    assert answer.text == "served"
    assert set(answer.headers) == {"content-length", "content-type"}


def test_refusals_and_errors_can_be_read_by_the_page_too(edge: Edge) -> None:
    page = {"Origin": "http://localhost:5173"}
    wrong = [
        edge.http.post("/graphql", content="{", headers=page),
        edge.http.put("/graphql", headers=page),
        edge.http.get("/nowhere", headers=page),
        edge.http.post("/graphql", json={"query": "{ nothing }"}, headers=page),
    ]
    assert [answer.status_code for answer in wrong] == [415, 405, 404, 200]
    for answer in wrong:
        assert answer.headers["Access-Control-Allow-Origin"] == page["Origin"]


@pytest.mark.parametrize("origin", [None, *THIS_MACHINE])
def test_a_socket_is_opened_for_this_machine_and_for_who_is_no_browser(
    edge: Edge, origin: str | None
) -> None:
    open_socket(edge.url, origin)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1.evil.example:80"])
def test_a_socket_is_refused_to_a_page_of_elsewhere(edge: Edge, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_socket(edge.url, origin)
    assert refused.value.response.status_code == 403
    assert refused.value.response.body == (
        f"Pages of {origin} may not use this server: see DIPTYCH_ORIGINS.".encode()
    )


def test_a_server_for_all_opens_sockets_for_its_own_pages_alone(
    mongo_url: str, tmp_path: Path
) -> None:
    with server(mongo_url, tmp_path, host="0.0.0.0") as edge:
        open_socket(edge.url, None)
        open_socket(edge.url, edge.url)
        open_socket(edge.url, edge.url.replace("http", "https"))
        for origin in ("null", "http://127.0.0.1", "http://localhost:5173", SHOP):
            with pytest.raises(InvalidStatus):
                open_socket(edge.url, origin)


def test_sockets_are_opened_for_those_that_are_named_and_for_its_own_pages(
    mongo_url: str, tmp_path: Path
) -> None:
    with server(mongo_url, tmp_path, origins=(SHOP,)) as edge:
        open_socket(edge.url, SHOP)
        open_socket(edge.url, edge.url)
        for origin in ("null", "http://localhost:5173", f"{SHOP}.evil.example"):
            with pytest.raises(InvalidStatus):
                open_socket(edge.url, origin)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("*", ("*",)),
        (SHOP, (SHOP,)),
        (
            "https://Shop.Example:443 , http://b:80,http://b:8080",
            (SHOP, "http://b", "http://b:8080"),
        ),
        ("http://[::1]:3000,null,app://shop", ("http://[::1]:3000", "null", "app://shop")),
    ],
)
def test_the_setting_is_read_as_browsers_write_origins(given: str, read: tuple[str, ...]) -> None:
    assert Settings.from_env({"DIPTYCH_ORIGINS": given}).origins == read


@pytest.mark.parametrize(
    "given",
    [
        *("shop.example", f"{SHOP}/", f"{SHOP}/cart", f"{SHOP},", f"*,{SHOP}", "https://*.example"),
        *("https://", f"{SHOP} {SHOP}", f"{SHOP}:https", "https://läden.example"),
    ],
)
def test_what_is_no_origin_is_refused_in_one_sentence(given: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"DIPTYCH_ORIGINS": given})
    assert str(refused.value) == (
        f"DIPTYCH_ORIGINS is '{given}'; it must be"
        " origins such as https://shop.example, separated by commas, or * for all."
    )
