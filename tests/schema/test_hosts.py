"""Under which names the server may be asked, so that no page reaches it by a name of its own."""

from __future__ import annotations

import socket

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from schema.serving.hosts import Hosts
from schema.settings import Settings, SettingsError
from tests.schema.edge import Edge

REFUSAL = "The Host header of the request names no host of this server: see DIPTYCH_ALLOWED_HOSTS."
LOOPBACK = [
    *("localhost", "LocalHost:8000", "127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000"),
]
STRANGE = [
    *("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"),
    *("evil.example#localhost", "localhost@evil.example", "10.0.0.7", "[::2]", "::1", "", "*"),
    *("localhost.", "localhost:80:80", "[::1", "0x7f.1"),
]


async def _answering(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("served")(scope, receive, send)


async def asked(name: str, host: str, *allowed: str, path: str = "/graphql") -> tuple[int, str]:
    """What a server that listens on `host` answers under a name."""
    transport = httpx.ASGITransport(app=Hosts(_answering, host, allowed))
    async with httpx.AsyncClient(transport=transport, base_url="http://a") as http:
        answer = await http.get(path, headers={"Host": name})
    return answer.status_code, answer.text


@pytest.mark.parametrize("name", LOOPBACK)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "0.0.0.0", "::"])
async def test_the_names_of_the_loopback_address_are_allowed(host: str, name: str) -> None:
    assert await asked(name, host) == (200, "served")


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::"])
async def test_no_other_name_is(host: str, name: str) -> None:
    assert await asked(name, host) == (400, REFUSAL)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("10.0.0.7", "10.0.0.7:8000"),
        ("fd00:0::7", "[fd00::7]:8000"),
        ("127.1.2.3", "127.1.2.3"),
        ("shop.internal", "shop.internal"),
    ],
)
async def test_the_address_that_the_server_listens_on_is(host: str, name: str) -> None:
    assert await asked(name, host) == (200, "served")


async def test_those_that_are_named_are_and_no_others() -> None:
    allowed = ("shop.example", "*.desk.example", "[fd00::7]")
    for name in ("shop.example", "SHOP.example:443", "a.desk.example", "[fd00::7]:8000"):
        assert await asked(name, "127.0.0.1", *allowed) == (200, "served")
    for name in ("localhost", "127.0.0.1:8000", "a.shop.example", "desk.example", "xdesk.example"):
        assert await asked(name, "127.0.0.1", *allowed) == (400, REFUSAL)


async def test_a_star_allows_every_name() -> None:
    assert await asked("evil.example", "127.0.0.1", "*") == (200, "served")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_who_asks_for_its_health_may_do_so_by_any_name(path: str) -> None:
    assert await asked("10.1.2.3:8000", "0.0.0.0", path=path) == (200, "served")
    assert await asked("10.1.2.3:8000", "0.0.0.0", path=f"{path}/") == (400, REFUSAL)


def test_a_page_that_has_its_name_point_here_reaches_nothing(edge: Edge) -> None:
    """The browser takes the page and the server for one origin."""
    name = f"evil.example:{edge.http.base_url.port}"
    page = {"Host": name, "Origin": f"http://{name}"}
    for answer in (
        edge.http.post("/graphql", json={"query": "{ __typename }"}, headers=page),
        edge.http.get("/graphql?query={__typename}", headers=page),
        edge.http.options("/graphql", headers=page | {"Access-Control-Request-Method": "POST"}),
        edge.http.get("/graphql", headers=page | {"Accept": "text/html"}),
        edge.http.get("/", headers=page),
    ):
        assert (answer.status_code, answer.text) == (400, REFUSAL)
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("has_origin", [True, False])
def test_no_socket_is_opened_under_a_strange_name(edge: Edge, has_origin: bool) -> None:
    address = ("127.0.0.1", edge.http.base_url.port)
    name = f"evil.example:{edge.http.base_url.port}"
    with socket.create_connection(address) as connection, pytest.raises(InvalidStatus) as refused:
        with connect(
            f"ws://{name}/graphql",
            sock=connection,
            origin=Origin(f"http://{name}") if has_origin else None,
            subprotocols=[Subprotocol("graphql-transport-ws")],
        ):
            pass
    assert refused.value.response.status_code == 400
    assert refused.value.response.body == REFUSAL.encode()


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("*", ("*",)),
        ("Shop.Example , *.desk.example", ("shop.example", "*.desk.example")),
        ("10.0.0.7,[::1],fd00::7", ("10.0.0.7", "[::1]", "[fd00::7]")),
    ],
)
def test_the_setting_is_read_as_requests_name_hosts(given: str, read: tuple[str, ...]) -> None:
    assert Settings.from_env({"DIPTYCH_ALLOWED_HOSTS": given}).allowed_hosts == read


@pytest.mark.parametrize(
    "given",
    [
        *("http://shop.example", "shop.example:8000", "shop.example/", "shop.example,", "*,a"),
        *("shop.*", "*shop.example", "*.*.example", "a b", "läden.example", "[::1]:80", "[x]"),
    ],
)
def test_what_is_no_host_is_refused_in_one_sentence(given: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"DIPTYCH_ALLOWED_HOSTS": given})
    assert str(refused.value) == (
        f"DIPTYCH_ALLOWED_HOSTS is '{given}'; it must be hosts without a port, such as"
        " shop.example or *.shop.example, separated by commas, or * for any."
    )
