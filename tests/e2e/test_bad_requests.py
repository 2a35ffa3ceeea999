"""Requests that are no GraphQL, or too much of it, over HTTP and over WebSocket."""

from __future__ import annotations

import json

import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.server import Api, Log, operation
from tests.e2e.shop import eur

TYPED = {"Content-Type": "application/json"}
MUTATION = (
    'mutation { registerCustomer(input: {name: "Ada", email: "bad@example.invalid"}) '
    "{ customerId } }"
)


REQUEST_ERRORS = {
    "BAD_REQUEST",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "OPERATION_RESOLUTION_FAILURE",
}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"nonsense", 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"7", 400),
        (b"{}", 400),
        (b'{"query": 7}', 400),
        (b'{"query": null}', 400),
        (b'[{"query": "{ __typename }"}]', 400),
        (b'{"query": "{ __typename }", "variables": []}', 400),
        (b'{"query": "{ __typename }", "operationName": 7}', 400),
        (b"[" * 100_000, 400),
        (b'{"query": "{ __typename }", "variables": {"x": ' + b"9" * 10_000 + b"}}", 400),
        (b'{"query": "' + b"x" * 10_000_000 + b'"}', 413),
    ],
    ids=range(16),
)
def test_a_body_that_is_no_request(api: Api, log: Log, body: bytes, status: int) -> None:
    head = log.head()
    response = api.http.post(f"{api.url}/graphql", content=body, headers=TYPED)
    assert response.status_code == status, response.text
    answered = response.json()
    assert "data" not in answered
    assert [error["extensions"]["code"] for error in answered["errors"]] == ["BAD_REQUEST"]
    assert log.head() == head


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "query",
        "{ nothing }",
        "{ orders }",
        "{ __typename { x } }",
        "query A { __typename } query B { __typename }",
        "query Read($id: Nothing!) { order(id: $id) { id } }",
        "subscription { nothing }",
        "{ ...F } fragment F on Query { ...F }",
        "{ ...Missing }",
        "{" * 5_000,
        "{ order(id: " + "[" * 5_000 + "]" * 5_000 + ") { id } }",
        "{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }",
        "mutation { "
        + " ".join(
            f'a{n}: confirmOrder(input: {{orderId: "ord_{n}"}}) {{ version }}' for n in range(21)
        )
        + " }",
        "{ \u0000 }",
    ],
    ids=range(16),
)
def test_a_query_that_cannot_be_run(api: Api, log: Log, query: str) -> None:
    head = log.head()
    response = api.post(query)
    assert response.status_code in (200, 400)
    answered = response.json()
    assert "data" not in answered
    codes = {error["extensions"]["code"] for error in answered["errors"]}
    assert codes < REQUEST_ERRORS
    assert "Traceback" not in response.text
    assert log.head() == head


def test_text_of_ten_megabytes_is_too_large_wherever_it_stands(api: Api, log: Log) -> None:
    head, text = log.head(), "x" * 10_000_000
    for response in (
        api.post(operation("registerCustomer"), input={"name": text, "email": "a@b"}),
        api.post(f"# {text}\n{{ __typename }}"),
    ):
        assert response.status_code == 413
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == [
            "BAD_REQUEST"
        ]
    assert log.head() == head


@pytest.mark.parametrize("amount", ["1.5", "1", "true", "null", "[]", "{}", "EUR"])
def test_a_literal_that_is_no_decimal_is_refused(api: Api, log: Log, amount: str) -> None:
    head = log.head()
    price = f'{{amount: {amount}, currency: "EUR"}}'
    given = f'{{sku: "S", name: "N", category: "C", price: {price}}}'
    response = api.post(f"mutation {{ registerProduct(input: {given}) {{ productId }} }}")
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert codes < {"BAD_USER_INPUT", *REQUEST_ERRORS}
    assert log.head() == head


def test_a_mutation_is_not_run_by_get(api: Api, log: Log) -> None:
    head = log.head()
    accept = {"Accept": "application/json"}
    response = api.http.get(f"{api.url}/graphql", params={"query": MUTATION}, headers=accept)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert log.head() == head


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("PUT", TYPED, 405),
        ("DELETE", {}, 405),
        ("POST", {"Content-Type": "text/plain"}, 415),
        ("POST", {"Content-Type": "multipart/form-data"}, 415),
        ("POST", {}, 415),
        ("POST", TYPED | {"Content-Encoding": "gzip"}, 415),
        ("POST", TYPED | {"Accept": "image/png"}, 406),
    ],
)
def test_what_is_no_way_to_ask_has_a_status_of_its_own(
    api: Api, log: Log, method: str, headers: dict[str, str], status: int
) -> None:
    head = log.head()
    body = json.dumps({"query": MUTATION}).encode()
    response = api.http.request(method, f"{api.url}/graphql", content=body, headers=headers)
    assert response.status_code == status
    assert log.head() == head


# In pieces, of which only the last is too much: a socket that is closed while more is on its way
# to it is reset, and the code is lost.
TOO_LARGE = [*["x" * 65_536] * 16, "x"]


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["nonsense"], 4400),
        (["[]"], 4400),
        (["7"], 4400),
        (["{}"], 4400),
        (['{"type": "nothing"}'], 4400),
        ([b"\x00\xff"], 4400),
        (["[" * 100_000], 4400),
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}'], 4401),
        (['{"type": "connection_init"}', '{"type": "connection_init"}'], 4429),
        (['{"type": "connection_init"}', '{"type": "subscribe", "payload": {}}'], 4400),
        (['{"type": "connection_init"}', '{"type": "subscribe", "id": "1"}'], 4400),
        (['{"type": "connection_init"}', TOO_LARGE], 1009),
    ],
    ids=range(12),
)
def test_what_is_no_message_closes_the_socket_with_its_code(
    api: Api, messages: list[str | bytes | list[str]], code: int
) -> None:
    with api.raw_socket() as socket:
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 - whichever notices
            for message in messages:
                socket.send(message)
            while True:
                socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert api.http.get(f"{api.url}/healthz").status_code == 200


def test_an_operation_that_cannot_be_run_ends_alone(api: Api) -> None:
    with api.socket() as socket:
        for query in ("{", "{ nothing }", "subscription { nothing }"):
            id = socket.subscribe(query)
            answer = socket.receive()
            assert (answer["id"], answer["type"]) == (id, "error")
        id = socket.subscribe("{ __typename }")
        assert socket.next(id) == {"__typename": "Query"}


def test_a_price_of_the_wrong_type_is_refused_over_a_socket_too(api: Api, log: Log) -> None:
    head = log.head()
    input = {"productId": "prd_1", "price": eur("1.00") | {"amount": 1.5}}
    with api.socket() as socket:
        id = socket.subscribe(operation("changePrice"), input=input)
        answer = socket.receive()
    assert (answer["id"], answer["type"]) == (id, "error")
    assert [error["extensions"]["code"] for error in answer["payload"]] == ["BAD_USER_INPUT"]
    assert log.head() == head
