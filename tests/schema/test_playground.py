from pathlib import Path

import httpx
import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from graphql.execution import get_variable_values
from starlette.applications import Starlette

from schema.api import sdl
from schema.playground import fetch, playground_page, playground_policy
from schema.playground.assets import ASSETS, SCRIPTS, STYLE, Asset
from schema.playground.page import examples_of_the_api
from schema.playground.routes import playground_routes
from tests.schema.edge import Edge


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in the place of the fetched files."""
    monkeypatch.setattr("schema.playground.assets.STATIC", tmp_path)
    monkeypatch.setattr(fetch, "STATIC", tmp_path)
    return tmp_path


def test_files_that_were_not_fetched_come_from_the_cdn_in_the_pinned_version(static: Path) -> None:
    html = playground_page()
    for asset in ASSETS:
        address = f"https://cdn.jsdelivr.net/npm/{asset.package}@{asset.version}/{asset.path}"
        assert f'"{address}" integrity="{asset.integrity}" crossorigin="anonymous"' in html


def test_fetched_files_come_from_this_server_alone(static: Path) -> None:
    for asset in ASSETS:
        asset.file.write_bytes(b"")
    html = playground_page()
    for asset in ASSETS:
        assert f'"/playground/{asset.name}" integrity="{asset.integrity}"' in html
    assert "https://" not in html


def test_a_file_is_intact_only_as_it_was_pinned() -> None:
    hello = Asset(
        "hello",
        "1.0.0",
        "hello.js",
        "sha384-WeF0h3dEjGnea4ANejO7+5/xtGPkQ1TDVTvNucZm+pASWjx5+QOXvfX2oT3oKGhP",
    )
    assert not hello.is_intact(b"hello!")
    assert hello.is_intact(b"hello")


def test_without_npm_one_line_says_what_happens_instead(
    static: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(static))
    fetch.main()
    assert capsys.readouterr().out == (
        "The playground will load its files from a CDN (npm is not installed); "
        "`make playground` tries again to fetch them.\n"
    )
    assert list(static.iterdir()) == []


def test_the_examples_are_named_operations_of_our_schema_a_tab_each() -> None:
    schema = build_schema(sdl())
    names = []
    for example in examples_of_the_api():
        document = parse(example["query"])
        assert validate(schema, document) == []
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert operation.name is not None
        names.append(operation.name.value)
        values = get_variable_values(
            schema, operation.variable_definitions or (), example["variables"]
        )
        assert not isinstance(values, list), values
    assert names == ["NewestOrders", "StockTheShop", "PlaceOrder", "FollowOrder", "CancelOrder"]


async def test_files_that_were_not_fetched_are_not_found_until_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = tmp_path / "static"
    monkeypatch.setattr("schema.playground.routes.STATIC", static)
    transport = httpx.ASGITransport(Starlette(routes=playground_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/playground/a.js")).status_code == 404
        static.mkdir()
        (static / "a.js").write_text("1")
        assert (await client.get("/playground/a.js")).text == "1"


def test_the_page_names_files_that_are_served(edge: Edge) -> None:
    html = playground_page()
    for path in ("/playground/own/playground.css", "/playground/own/playground.js"):
        assert f'"{path}"' in html
        assert httpx.get(f"{edge.url}{path}").status_code == 200


def policy_of(header: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in header.split(";"))}


def test_the_page_may_load_its_own_files_and_ask_its_own_server_alone(edge: Edge) -> None:
    answer = edge.http.get("/graphql", headers={"accept": "text/html"})
    policy = policy_of(answer.headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["connect-src"] == ["'self'"]
    for forbidden in ("base-uri", "form-action", "frame-ancestors"):
        assert policy[forbidden] == ["'none'"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]


def test_what_comes_from_the_cdn_is_named_file_by_file(static: Path) -> None:
    from_cdn = policy_of(playground_policy())
    assert from_cdn["script-src"] == ["'self'", *(asset.url for asset in SCRIPTS)]
    assert from_cdn["style-src"][:2] == ["'self'", STYLE.url]
    for asset in ASSETS:
        asset.file.write_bytes(b"")
    own = policy_of(playground_policy())
    assert own["script-src"] == ["'self'"]
    assert "https:" not in playground_policy()
