"""What a speed test sends: HTTP requests to a URL, or executions of a workflow."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.lazy import lazy_pattern
from keyflow.operations.load import Answer, Connect, Send
from keyflow.operations.starting import PatientClients, Served

NUMBER, RUN = "{{n}}", "{{run}}"
"""What stands in a body for the request's number, and for the run's own word: no two runs have the same."""
_ANSWER_BYTES = 6_000_000 * 4
_CHUNK = 65_536
_NAME = lazy_pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header's name. Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2"""
_VALUE = lazy_pattern(r"[\t\x20-\x7e\x80-\xff]*")
"""A header's value. Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.5"""


def new_run() -> str:
    """The word of a test, which no other one has."""
    return f"speedtest-{uuid.uuid4().hex[:8]}"


def filled(body: str, number: int, run: str) -> str:
    """The body of one request."""
    return body.replace(NUMBER, str(number)).replace(RUN, run)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request that is sent again and again. `body` may hold `{{n}}` and `{{run}}`."""

    url: str
    method: str
    headers: Mapping[str, str]
    body: str | None

    @property
    def subject(self) -> str:
        """The URL without what may be a secret in it: a password, and the query's values."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}{'?...' if parts.query else ''}"


def http_url(text: str) -> str:
    """A URL that can be asked.

    Raises:
        ProjectError: KF534, it is none of http or https.
    """
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half of an IPv6 address
        is_one = False
    if not is_one or not re.fullmatch(r"[!-~]+", text):
        raise ProjectError(Diagnostic("KF534", "the URL is none of http or https"))
    return text


def headers_of(given: Sequence[str]) -> dict[str, str]:
    """Headers by their names, from texts `Name: value`. No message has a value in it: it may be a secret.

    Raises:
        ProjectError: KF536, a text is no header.
    """
    headers = {}
    for place, text in enumerate(given, start=1):
        name, colon, value = text.partition(":")
        if not colon or not _NAME.fullmatch(name.strip()) or not _VALUE.fullmatch(value.strip()):
            raise ProjectError(Diagnostic("KF536", f"--header number {place} is no header"))
        headers[name.strip()] = value.strip()
    return headers


def http_connect(request: HttpRequest, run: str, timeout: float) -> Connect:
    """Opens connections to a URL's host, each kept alive from request to request."""
    headers = dict(request.headers)
    if request.body is not None and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"

    def connect() -> Send:
        import urllib3

        limit = urllib3.Timeout(connect=timeout, read=timeout)
        pool: Any = urllib3.PoolManager(num_pools=1, maxsize=1, cert_reqs="CERT_REQUIRED", timeout=limit, retries=False)

        def send(number: int) -> Answer:
            body = None if request.body is None else filled(request.body, number, run).encode()
            deadline = time.perf_counter() + timeout
            try:
                answer = pool.request(
                    request.method, request.url, body=body, headers=headers, redirect=False, preload_content=False
                )
                return _read(answer, deadline)
            except Exception as error:  # whatever it is, it is counted, and the test goes on
                return Answer(error=error_kind(error))

        return send

    return connect


def _read(answer: Any, deadline: float) -> Answer:
    """Reads an answer to its end, so that the connection can be used again; not beyond the request's own time."""
    size = 0
    while part := answer.read(_CHUNK):
        size += len(part)
        if time.perf_counter() > deadline or size > _ANSWER_BYTES:
            answer.close()
            return Answer(error="timeout" if size <= _ANSWER_BYTES else "answer too long")
    answer.release_conn()
    status: int = answer.status
    return Answer(status=str(status), succeeded=status < 400)


def error_kind(error: BaseException) -> str:
    """The name under which an error is counted: plain words for the common ones."""
    chain: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in chain:
        chain.append(found)
        reason = getattr(found, "reason", None)
        found = reason if isinstance(reason, BaseException) else found.__cause__ or found.__context__
    names = {_name(cls) for each in chain for cls in type(each).__mro__}
    for kinds, words in _KINDS:
        if names & kinds:
            return words
    return type(chain[-1]).__name__


def _name(cls: type) -> str:
    """The name of an error's class: urllib3 and Python both have a TimeoutError, and mean other things."""
    return f"builtins.{cls.__name__}" if cls.__module__ == "builtins" else cls.__name__


_KINDS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"ReadTimeoutError", "builtins.TimeoutError"}), "timeout"),
    (frozenset({"builtins.ConnectionRefusedError"}), "connection refused"),
    (frozenset({"NameResolutionError", "gaierror"}), "name not resolved"),
    (frozenset({"SSLError"}), "TLS"),
    (frozenset({"RemoteDisconnected", "IncompleteRead"}), "connection closed"),
    (frozenset({"builtins.ConnectionResetError", "builtins.BrokenPipeError"}), "connection reset"),
    (frozenset({"ProtocolError", "ConnectionClosedError"}), "connection closed"),
    (frozenset({"EndpointConnectionError", "NewConnectionError"}), "no connection"),
    (frozenset({"ConnectTimeoutError"}), "timeout"),
)
"""The first that an error, or one that led to it, is: some are several."""


def execution_connect(machine: Served, body: str, run: str, clients: PatientClients) -> Connect:
    """Starts executions of an Express workflow; the client's pool keeps its connections alive."""
    states = clients.client("stepfunctions")  # made here: boto3's sessions are of one thread

    def send(number: int) -> Answer:
        from botocore.exceptions import ClientError

        name = f"{run}-{number}"
        try:
            found = states.start_sync_execution(stateMachineArn=machine.arn, name=name, input=filled(body, number, run))
        except ClientError as error:
            return Answer(error=error.response.get("Error", {}).get("Code", "ClientError"))
        except Exception as error:  # whatever it is, it is counted, and the test goes on
            return Answer(error=error_kind(error))
        status: str = found["status"]
        billed = found.get("billingDetails", {}).get("billedDurationInMilliseconds")
        return Answer(status=status, succeeded=status == "SUCCEEDED", billed_ms=billed)

    return lambda: send
