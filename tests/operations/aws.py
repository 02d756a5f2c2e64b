"""A server that answers as AWS does, call by call, and notes what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
_IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{ACCOUNT}:user/me</Arn><UserId>me</UserId><Account>{ACCOUNT}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""

Answers = Callable[[Mapping[str, Any]], Any]


class Refused(Exception):
    """The call fails with this code."""


def nothing_found(_parameters: Mapping[str, Any]) -> Any:
    """A stage without an alias."""
    raise Refused("ResourceNotFound")


class Aws:
    """`answers` gives what each operation comes to; `calls` holds what was asked, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, Answers] = {"DescribeStateMachineAlias": nothing_found}
        self.calls: list[tuple[str, Any]] = []

    def asked(self, operation: str) -> list[Any]:
        return [parameters for name, parameters in self.calls if name == operation]


def machine(workflow: str, stage: str = "dev") -> str:
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{workflow}-{stage}"


@contextmanager
def answering() -> Iterator[Aws]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet for each answer: the second would wait for the first to be confirmed

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target = self.headers.get("X-Amz-Target")
            if target is None:
                self._send(200, _IDENTITY.encode(), "text/xml")
                return
            operation, parameters = target.rpartition(".")[2], json.loads(body)
            aws.calls.append((operation, parameters))
            try:
                status, answer = 200, aws.answers[operation](parameters)
            except Refused as error:
                status, answer = 400, {"__type": str(error), "message": "no"}
            self._send(status, json.dumps(answer).encode(), "application/x-amz-json-1.0")

        def _send(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64
        daemon_threads = True

        def handle_error(self, *_arguments: object) -> None:
            """A client that went away before its answer is no error."""

    with Server(("127.0.0.1", 0), Handler) as server:
        aws = Aws(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield aws
        finally:
            server.shutdown()


def described(kind: str, level: str = "ALL") -> Answers:
    """What DescribeStateMachine gives."""

    def describe(parameters: Mapping[str, Any]) -> Any:
        return {
            "stateMachineArn": parameters["stateMachineArn"],
            "name": "any",
            "definition": "{}",
            "roleArn": "arn:aws:iam::111122223333:role/any",
            "type": kind,
            "creationDate": 1,
            "loggingConfiguration": {"level": level},
        }

    return describe


def event(number: int, previous: int, kind: str, seconds: float, **details: Any) -> dict[str, Any]:
    """An event of a history."""
    found: dict[str, Any] = {"id": number, "previousEventId": previous, "type": kind, "timestamp": seconds}
    return {**found, _details_key(kind): details} if details else found


def _details_key(kind: str) -> str:
    """The member of HistoryEvent that has the details of an event."""
    for ending in ("StateEntered", "StateExited"):
        if kind.endswith(ending):
            return f"{ending[:1].lower()}{ending[1:]}EventDetails"
    return f"{kind[:1].lower()}{kind[1:]}EventDetails"


def logged(execution: str, events: list[dict[str, Any]], group: str = "logs") -> list[dict[str, Any]]:
    """Events of a history as a log group has them."""
    return [
        {
            "eventId": f"{group}-{execution}-{each['id']}",
            "logStreamName": "s",
            "timestamp": int(each["timestamp"] * 1000),
            "message": json.dumps(
                {
                    "id": str(each["id"]),
                    "type": each["type"],
                    "details": each.get(_details_key(each["type"]), {}),
                    "previous_event_id": str(each["previousEventId"]),
                    "event_timestamp": str(int(each["timestamp"] * 1000)),
                    "execution_arn": execution,
                    "redrive_count": "0",
                }
            ),
        }
        for each in events
    ]
