"""GraphQL over HTTP: what is accepted, and with which status and type it is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.schema.edge import Edge

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


def post(edge: Edge, body: bytes | object, accept: str = GRAPHQL, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"content-type": JSON, "accept": accept}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return edge.http.post("/graphql", content=content, headers=sent)


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.5", JSON),
        (f"{GRAPHQL};charset=utf-8, {JSON};q=0.9", GRAPHQL),
        ("application/*", JSON),
        ("text/html;q=0, */*;q=0.1", JSON),
    ],
)
def test_the_answer_has_the_type_that_the_client_prefers(
    edge: Edge, accept: str, answered: str
) -> None:
    answer = post(edge, {"query": "{ __typename }"}, accept)
    assert answer.headers["content-type"] == f"{answered}; charset=utf-8"
    assert answer.json() == {"data": {"__typename": "Query"}}


def test_a_client_that_names_no_type_gets_the_newer_one(edge: Edge) -> None:
    request = edge.http.build_request("POST", "/graphql", json={"query": "{ __typename }"})
    del request.headers["accept"]
    answer = edge.http.send(request)
    assert answer.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"


def test_a_client_that_takes_no_json_is_told_so(edge: Edge) -> None:
    answer = post(edge, {"query": "{ __typename }"}, "text/plain, application/json;q=0")
    assert (answer.status_code, codes(answer)) == (406, ["BAD_REQUEST"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        ('subscription { orderChanged(id: "x") { id } }', "OPERATION_RESOLUTION_FAILURE"),
        ("{ orders(first: 0) { position } }", "BAD_USER_INPUT"),
        ("{ orders(last: 101) { position } }", "BAD_USER_INPUT"),
        ("{ orders(first: 1, last: 1) { position } }", "BAD_USER_INPUT"),
        ('{ orders(after: "none of ours") { position } }', "BAD_USER_INPUT"),
        ('{ orders(before: "") { position } }', "BAD_USER_INPUT"),
        ("{ order(id: 1, minPosition: 1) { id } }", "BAD_USER_INPUT"),
        ('{ orders(filter: {placedFrom: "2026-01-01T00:00:00"}) { position } }', "BAD_USER_INPUT"),
    ],
)
def test_a_request_error_has_no_data_and_the_status_of_its_type(
    edge: Edge, query: str, code: str
) -> None:
    answer = post(edge, {"query": query})
    assert (answer.status_code, codes(answer)) == (400, [code])
    assert "data" not in answer.json()
    older = post(edge, {"query": query}, JSON)
    assert (older.status_code, older.json()) == (200, answer.json())


@pytest.mark.parametrize(
    ("variables", "where"),
    [
        ({}, "'$id'"),
        ({"id": None}, "'$id'"),
        ({"id": 1.5}, "'$id'"),
        ({"id": "x", "p": "-1"}, "'$p'"),
        ({"id": "x", "p": 7}, "'$p'"),
    ],
)
def test_a_wrong_variable_is_named(edge: Edge, variables: dict[str, Any], where: str) -> None:
    query = "query($id: ID!, $p: Position) { order(id: $id, minPosition: $p) { id } }"
    answer = post(edge, {"query": query, "variables": variables})
    assert (answer.status_code, codes(answer)) == (400, ["BAD_USER_INPUT"])
    assert where in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b"[]", "one at a time"),
        (b'[{"query": "{ __typename }"}]', "one at a time"),
        (b'"{ __typename }"', "a JSON object with a query"),
        (b"{}", "`query`"),
        (b'{"query": 1}', "`query`"),
        (b'{"query": "{__typename}", "variables": []}', "`variables` must be an object"),
        (b'{"query": "{__typename}", "operationName": 1}', "`operationName` must be a string"),
        (b'{"query": "{__typename}", "extensions": 1}', "`extensions` must be an object"),
        (b'{"query": "\xff"}', "UTF-8"),
        (b'{"query": "{__typename}", "variables": {"a": NaN}}', "NaN is no JSON value"),
        (b'{"query": "{__typename}", "variables": {"a": "\\ud800"}}', "lone surrogate"),
        (b'{"query": "{__typename}", "query": "{a}"}', "the key 'query' twice"),
        (b'{"query": "{__typename}", "variables": {"a": ' + b"9" * 5000 + b"}}", "many digits"),
        (b'{"query": "{__typename}", "variables": ' + b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_a_body_that_is_no_request_is_refused_in_words(edge: Edge, body: bytes, words: str) -> None:
    for accept in (GRAPHQL, JSON):
        answer = post(edge, body, accept)
        assert (answer.status_code, codes(answer)) == (400, ["BAD_REQUEST"])
        assert words in answer.json()["errors"][0]["message"]
        assert "data" not in answer.json()


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/jsonfoo", "application/json; charset=latin-1", "multipart/x"],
)
def test_only_json_in_utf8_is_taken(edge: Edge, content_type: str) -> None:
    answer = post(edge, {"query": "{ __typename }"}, content_type=content_type)
    assert (answer.status_code, codes(answer)) == (415, ["BAD_REQUEST"])
    assert post(edge, {"query": "{ __typename }"}, content_type="APPLICATION/JSON").is_success
    encoded = post(edge, b"\x1f\x8b", content_encoding="gzip")
    assert (encoded.status_code, codes(encoded)) == (415, ["BAD_REQUEST"])


def test_a_body_that_is_too_large_gets_an_answer(edge: Edge) -> None:
    answer = post(edge, b'{"query": "' + b"a" * 10_000_000 + b'"}')
    assert (answer.status_code, codes(answer)) == (413, ["BAD_REQUEST"])
    assert answer.json()["errors"][0]["message"] == "A request has at most 1,048,576 bytes."


def test_other_methods_are_named_those_that_are_served(edge: Edge) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = edge.http.request(method, "/graphql")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")


def test_queries_are_served_by_get_and_mutations_are_not(edge: Edge) -> None:
    query = "query A($ids: [ID!]!) { nodes(ids: $ids) { id } } query B { __typename }"
    variables = json.dumps({"ids": ["ord_none"]})
    asked = {"query": query, "variables": variables, "operationName": "A"}
    answer = edge.http.get("/graphql", params=asked, headers={"accept": GRAPHQL})
    assert (answer.status_code, answer.json()) == (200, {"data": {"nodes": [None]}})
    mutation = {"query": 'mutation { confirmOrder(input: {orderId: "x"}) { version } }'}
    refused = edge.http.get("/graphql", params=mutation, headers={"accept": GRAPHQL})
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert codes(refused) == ["BAD_REQUEST"]
    wrong = {"query": "{ __typename }", "variables": "{"}
    assert edge.http.get("/graphql", params=wrong).status_code == 400


def test_a_browser_is_shown_the_playground(edge: Edge) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer = edge.http.get("/graphql", headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Diptych playground</title>" in answer.text


def _spread(levels: int) -> str:
    fragments = " ".join(
        f'fragment f{n} on Query {{ a: node(id: "x") {{ id }} ...f{n + 1} ...f{n + 1} }}'
        for n in range(levels)
    )
    return f"{{ ...f0 }} {fragments} fragment f{levels} on Query {{ __typename }}"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ a" * 20_000, "nested too deeply"),
        ("{ a" * 200 + "}" * 200, "200 levels; at most 20"),
        ("{" + "__typename " * 40_000 + "}", "more than 30000 tokens"),
        ("{" + "__typename " * 600 + "}", "600 selections; at most 500"),
        ("{" + " ".join(f"a{n}: __typename" for n in range(101)) + "}", "101 aliases; at most 100"),
        ("{ a" * 21 + "}" * 21, "21 levels; at most 20"),
        ("\r" * 10_001 + "{ __typename }", "more than 10,000 lines"),
        (" ".join(f"query q{n} {{ __typename }}" for n in range(51)), "51 operations; at most 50"),
        (
            "{ "
            + "...f " * 100
            + "} fragment f on Query { "
            + "... { " * 60
            + "__typename "
            + "}" * 61,
            "6,200 selections with every fragment in its place; at most 5,000",
        ),
        (_spread(30), "fields with every fragment in its place; at most 2,000"),
        (
            "mutation {"
            + " ".join(
                f'a{n}: confirmOrder(input: {{orderId: "x"}}) {{ version }}' for n in range(21)
            )
            + "}",
            "21 mutations; at most 20",
        ),
        ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", "within itself"),
        ("{ orders(first: " + "9" * 5_000 + ") { position } }", "at most 1,000 digits"),
        ("{ ...unknown }", "Unknown fragment 'unknown'"),
    ],
)
def test_an_operation_beyond_the_limits_is_refused_at_once(
    edge: Edge, query: str, words: str
) -> None:
    answer = post(edge, {"query": query})
    assert answer.status_code == 400
    assert words in answer.json()["errors"][0]["message"]


def test_a_scalar_that_is_refused_in_the_text_has_its_place(edge: Edge) -> None:
    answer = post(edge, {"query": '{ order(id: "x", minPosition: "-1") { id } }'})
    (error,) = answer.json()["errors"]
    assert error["locations"] == [{"line": 1, "column": 31}]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}


def test_the_errors_of_one_operation_are_few_and_short(edge: Edge) -> None:
    answer = post(edge, {"query": "{" + " ".join(f"a{n}" for n in range(400)) + "}"})
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 6
    long = post(edge, {"query": "{" + "a" * 500_000 + "}"})
    assert len(long.content) < 2_000


def test_introspection_answers_the_whole_schema(edge: Edge) -> None:
    from graphql import build_client_schema, get_introspection_query, print_schema

    shown = edge.data(get_introspection_query(input_value_deprecation=True))
    assert "orderChanged" in print_schema(build_client_schema(shown))


HASH = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}


@pytest.mark.parametrize("query", [{}, {"query": None}, {"query": ""}])
def test_a_hash_without_a_text_is_answered_so_that_clients_send_the_text(
    edge: Edge, query: dict[str, Any]
) -> None:
    expected = {
        "errors": [
            {
                "message": "PersistedQueryNotSupported",
                "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"},
            }
        ]
    }
    asked = {"operationName": "A", "variables": {}, "extensions": HASH, **query}
    posted = post(edge, asked)
    assert (posted.status_code, posted.json()) == (400, expected)
    older = post(edge, asked, JSON)
    assert (older.status_code, older.json()) == (200, expected)
    parameters = {"extensions": json.dumps(HASH)} | {k: v or "" for k, v in query.items()}
    got = edge.http.get("/graphql", params=parameters, headers={"accept": JSON})
    assert (got.status_code, got.json()) == (200, expected)
    assert edge.by_socket(query.get("query"), **HASH) == ("error", expected["errors"])


def test_a_hash_beside_its_text_changes_nothing(edge: Edge) -> None:
    query, expected = "{ __typename }", {"data": {"__typename": "Query"}}
    assert post(edge, {"query": query, "extensions": HASH}).json() == expected
    parameters = {"query": query, "extensions": json.dumps(HASH)}
    accept = {"accept": GRAPHQL}
    assert edge.http.get("/graphql", params=parameters, headers=accept).json() == expected
    assert edge.by_socket(query, **HASH) == ("next", expected)


@pytest.mark.parametrize("extensions", [{}, {"persistedQuery": None}, {"other": HASH}])
def test_a_request_with_neither_is_none(edge: Edge, extensions: dict[str, Any]) -> None:
    answer = post(edge, {"extensions": extensions})
    assert (answer.status_code, codes(answer)) == (400, ["BAD_REQUEST"])
    assert "`query`" in answer.json()["errors"][0]["message"]


PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/graphql?query={__typename}", GRAPHQL, 200),
        ("/graphql?query={__typename}", JSON, 200),
        ("/graphql?query={nothing}", GRAPHQL, 400),
        ("/graphql?query=mutation{__typename}", GRAPHQL, 405),
        ("/graphql", "image/png", 406),
        ("/graphql", PAGE, 200),
        ("/", PAGE, 307),
        ("/healthz", "*/*", 200),
        ("/playground/own/playground.js", "*/*", 200),
        ("/playground/none.js", "*/*", 404),
        ("/nothing", "*/*", 404),
    ],
)
def test_head_says_what_get_does_without_the_body(
    edge: Edge, path: str, accept: str, status: int
) -> None:
    got, head = (
        edge.http.request(method, path, headers={"accept": accept}) for method in ("GET", "HEAD")
    )
    assert (got.status_code, head.status_code) == (status, status)
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(got.content)
    changing = ("date",)
    said = [
        {name: value for name, value in answer.headers.items() if name not in changing}
        for answer in (got, head)
    ]
    assert said[0] == said[1]


def test_head_asks_whether_it_is_ready(edge: Edge) -> None:
    # What it says may be another a moment later.
    head = edge.http.head("/readyz")
    assert head.status_code in (200, 503)
    assert (head.content, head.headers["cache-control"]) == (b"", "no-store")
    assert int(head.headers["content-length"]) > 0
    # The connection goes on as after any answer.
    assert edge.data("{ __typename }") == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("method", "accept", "query"),
    [
        ("GET", GRAPHQL, "{__typename}"),
        ("GET", JSON, "{"),
        ("GET", PAGE, ""),
        ("HEAD", PAGE, ""),
        ("GET", "image/png", "{__typename}"),
        ("POST", GRAPHQL, ""),
        ("PUT", GRAPHQL, ""),
    ],
)
def test_what_depends_on_the_accept_header_says_so(
    edge: Edge, method: str, accept: str, query: str
) -> None:
    headers = {"accept": accept}
    params = {"query": query}
    answer = edge.http.request(method, "/graphql", params=params, headers=headers)
    assert answer.headers["vary"] == "Accept"
    across = edge.http.request(
        method, "/graphql", params=params, headers=headers | {"origin": "http://localhost:3000"}
    )
    assert across.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert {each.strip() for each in across.headers["vary"].split(",")} == {"Accept", "Origin"}


def test_no_browser_guesses_what_an_answer_is(edge: Edge) -> None:
    origin = {"origin": "http://localhost:3000"}
    preflight = origin | {"access-control-request-method": "POST"}
    for method, path, headers in (
        ("POST", "/graphql", {}),
        ("GET", "/graphql", {"accept": PAGE}),
        ("GET", "/", {}),
        ("GET", "/healthz", {}),
        ("GET", "/readyz", {}),
        ("GET", "/playground/own/playground.js", {}),
        ("GET", "/playground/own/playground.css", {}),
        ("GET", "/nothing", {}),
        ("OPTIONS", "/graphql", preflight),
        ("OPTIONS", "/graphql", preflight | {"origin": "https://elsewhere.example"}),
    ):
        answer = edge.http.request(method, path, headers=headers)
        assert answer.headers["x-content-type-options"] == "nosniff", (method, path)
        if headers.get("accept") != PAGE:
            policy = answer.headers["content-security-policy"]
            assert policy == "default-src 'none'; frame-ancestors 'none'", (method, path)
