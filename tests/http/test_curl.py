"""The line that `keyflow deploy` ends with can be pasted into a shell."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from keyflow import Api, LambdaAuthorizer, Workflow
from keyflow.dsl.api import Route
from keyflow.dsl.authorization import Authorizer
from keyflow.http.curl import curl

URL = "https://a.execute-api.eu-west-1.amazonaws.com/dev/things"
SCHEMA = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "example": "it's"}}}


def route(authorization: str | Authorizer) -> Route:
    workflow = Workflow("Things", timeout=20)
    workflow.succeed({"fine": True})
    api = Api("things")
    api.post("/things", workflow, request=SCHEMA, authorization=authorization)
    return api.routes[0]


def test_the_body_is_one_that_the_route_takes() -> None:
    words = shlex.split(curl(route("none"), URL, "eu-west-1"))
    assert words == ["curl", "-X", "POST", "-H", "Content-Type: application/json", "-d", '{"name": "it\'s"}', URL]


def test_a_key_is_asked_for() -> None:
    assert "x-api-key: ..." in shlex.split(curl(route("api_key"), URL, "eu-west-1"))


def test_what_an_authorizer_knows_callers_by_is_asked_for() -> None:
    function = "arn:aws:lambda:eu-west-1:111122223333:function:check"
    authorizer = LambdaAuthorizer(function=function, identity=Api.headers["X-Token"])
    assert "X-Token: ..." in shlex.split(curl(route(authorizer), URL, "eu-west-1"))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("session", ["", "token"])
def test_a_route_that_asks_iam_is_called_with_a_signature(session: str) -> None:
    """The real curl signs; a server of this test looks at what it sends."""
    sent: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append({**{name.lower(): value for name, value in self.headers.items()}, "body": body.decode()})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request, daemon=True).start()
        line = curl(route("iam"), f"http://127.0.0.1:{server.server_port}/things", "eu-west-1")
        keys = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "x"}
        done = subprocess.run(
            ["sh", "-c", f"{line} --noproxy '*'"],
            env={"PATH": "/usr/bin:/bin", **keys, **({"AWS_SESSION_TOKEN": session} if session else {})},
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 0, done.stderr
    (request,) = sent
    assert request["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "/eu-west-1/execute-api/aws4_request" in request["authorization"]
    assert request.get("x-amz-security-token", "") == session
    assert json.loads(request["body"]) == {"name": "it's"}
