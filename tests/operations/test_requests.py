"""Real requests to a real server: connections are kept, what goes wrong is counted by what it is, secrets stay."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyflow import ProjectError
from keyflow.operations.load import Answer, Plan, sent
from keyflow.operations.requests import (
    HttpRequest,
    execution_connect,
    filled,
    headers_of,
    http_connect,
    http_url,
    new_run,
)
from keyflow.operations.starting import PatientClients, Served
from tests.operations.aws import Aws, Refused, machine


@dataclass
class Seen:
    url: str
    connections: set[Any] = field(default_factory=set)
    bodies: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Seen]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            seen.connections.add(self.client_address)
            seen.headers.append(dict(self.headers))
            seen.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
            kind = self.path.rpartition("/")[2].partition("?")[0]
            if kind == "slow":
                time.sleep(1)
            if kind == "gone":
                self.close_connection = True
                return
            self.send_response(int(kind) if kind.isdigit() else 200)
            if kind == "302":
                self.send_header("Location", seen.url)
            self.send_header("Content-Length", "200000")
            self.end_headers()
            for _ in range(10):
                self.wfile.write(b"x" * 20_000)
                time.sleep(0.2 if kind == "dripping" else 0)

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 64
        daemon_threads = True

        def handle_error(self, *_arguments: object) -> None:
            """A client that went away before its answer is no error."""

    with Server(("127.0.0.1", 0), Handler) as started:
        seen = Seen(f"http://127.0.0.1:{started.server_port}")
        threading.Thread(target=started.serve_forever, args=(0.01,), daemon=True).start()
        yield seen
        started.shutdown()


def request(url: str, **changed: Any) -> HttpRequest:
    return HttpRequest(**{"url": url, "method": "POST", "headers": {}, "body": None, **changed})


def one(url: str, timeout: float = 5, **changed: Any) -> Answer:
    return http_connect(request(url, **changed), "run", timeout)()(1)


def test_connections_are_kept_alive_and_bodies_are_numbered(server: Seen) -> None:
    plan = Plan(requests=40, connections=3, warmup=2, seconds=30, timeout=5)
    load = sent(plan, http_connect(request(f"{server.url}/keys", body='{"n": "{{run}}-{{n}}"}'), "abc", 5))
    assert load.failed == 0
    assert len(server.connections) == 3
    assert sorted(server.bodies) == sorted(f'{{"n": "abc-{n}"}}' for n in range(1, 43))
    assert server.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("201", Answer(status="201", succeeded=True)),
        ("302", Answer(status="302", succeeded=True)),
        ("404", Answer(status="404")),
        ("503", Answer(status="503")),
        ("slow", Answer(error="timeout")),
        ("dripping", Answer(error="timeout")),
        ("gone", Answer(error="connection closed")),
    ],
)
def test_what_comes_of_a_request(server: Seen, path: str, expected: Answer) -> None:
    assert one(f"{server.url}/{path}", timeout=0.5) == expected
    assert len(server.bodies) == 1, "nothing is sent twice"


def test_a_refused_connection_is_no_timeout() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert one(f"http://127.0.0.1:{port}/") == Answer(error="connection refused")


def test_a_name_that_leads_nowhere() -> None:
    assert one("http://nothing.invalid/") == Answer(error="name not resolved")


def test_a_server_that_speaks_no_tls(server: Seen) -> None:
    assert one(server.url.replace("http:", "https:")).error == "TLS"


def test_headers_are_sent(server: Seen) -> None:
    given_headers = headers_of(["x-api-key: abc:def", "content-type: text/plain", "Empty:"])
    assert one(server.url, headers=given_headers, body="{}").succeeded
    (seen,) = server.headers
    assert (seen["x-api-key"], seen["content-type"], seen["Empty"]) == ("abc:def", "text/plain", "")
    assert "Content-Type" not in seen


@pytest.mark.parametrize("text", ["x-api-key=abc", "a b: c", ": secret", "a: b\r\nc: d", "a: b\x00", "", "a: \u20ac"])
def test_a_malformed_header_is_refused_without_its_value(text: str) -> None:
    with pytest.raises(ProjectError) as error:
        headers_of(["fine: 1", text])
    (found,) = error.value.diagnostics
    assert (found.code, found.message) == ("KF536", "--header number 2 is no header")


@given(st.text())
def test_a_header_is_one_or_is_refused(text: str) -> None:
    try:
        found = headers_of([text])
    except ProjectError:
        return
    for name, value in found.items():
        assert not {"\r", "\n", "\x00"} & {*name, *value}
        (name + value).encode("latin-1")


@pytest.mark.parametrize(
    "text",
    [
        "ftp://x/",
        "file:///etc/passwd",
        "http://",
        "https:///path",
        "http://[::1",
        "http://x:y/",
        "http://a b/",
        "x/y",
        "",
    ],
)
def test_what_is_no_url(text: str) -> None:
    with pytest.raises(ProjectError, match="KF534"):
        http_url(text)


@given(st.text())
def test_a_url_is_one_or_is_refused(text: str) -> None:
    for given_text in (text, f"http://{text}"):
        with contextlib.suppress(ProjectError):
            assert urlsplit(http_url(given_text)).scheme in ("http", "https")


def test_what_is_shown_of_a_url_has_no_secret() -> None:
    assert request("https://me:pass@api.example/dev/keys?key=secret").subject == "https://api.example/dev/keys?..."


def test_what_stands_for_the_number_and_the_run() -> None:
    assert filled('{"a": {{n}}, "b": "{{run}}{{n}}"}', 7, "x") == '{"a": 7, "b": "x7"}'
    assert new_run() != new_run()


def executions(aws: Aws, patient: PatientClients, answer: Any) -> Answer:
    aws.answers["StartSyncExecution"] = answer
    served = Served(workflow="Register", arn=machine("Register"), type="EXPRESS", log_level="ALL")
    return execution_connect(served, '{"n": {{n}}}', "speedtest-1", patient)()(3)


def test_an_execution_is_a_request(aws: Aws, patient: PatientClients) -> None:
    ended = {"executionArn": "arn:x", "startDate": 1, "stopDate": 2, "status": "FAILED"}
    assert executions(aws, patient, lambda _parameters: ended) == Answer(status="FAILED")
    billed = {"billingDetails": {"billedDurationInMilliseconds": 100}}
    fine = Answer(status="SUCCEEDED", succeeded=True, billed_ms=100)
    assert executions(aws, patient, lambda _parameters: {**ended, "status": "SUCCEEDED", **billed}) == fine
    asked = aws.asked("StartSyncExecution")[0]
    assert (asked["name"], asked["input"]) == ("speedtest-1-3", '{"n": 3}')


def test_an_execution_that_is_refused_is_counted_by_its_code(aws: Aws, patient: PatientClients) -> None:
    def refuse(_parameters: Mapping[str, Any]) -> Any:
        raise Refused("ThrottlingException")

    assert executions(aws, patient, refuse) == Answer(error="ThrottlingException")


def test_an_execution_without_an_answer(aws: Aws, patient: PatientClients) -> None:
    def late(_parameters: Mapping[str, Any]) -> Any:
        time.sleep(1)
        return {}

    assert executions(aws, patient, late) == Answer(error="timeout")
