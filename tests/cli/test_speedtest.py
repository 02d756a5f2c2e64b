"""`keyflow speedtest`: what it measures is what a server saw; a slower one is found, a secret is not shown."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.operations.aws import ACCOUNT, REGION, Aws, answering, described, event, logged

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass
class Server:
    """Answers after `seconds`, with a `status`; every request's body is kept."""

    url: str
    seconds: float = 0.0
    status: int = 201
    bodies: list[Any] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            there.bodies.append(json.loads(body) if body else None)
            time.sleep(there.seconds)
            self.send_response(there.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments: object) -> None:
            pass

    class Listening(http.server.ThreadingHTTPServer):
        request_queue_size = 64
        daemon_threads = True

    with Listening(("127.0.0.1", 0), Handler) as listening:
        there = Server(f"http://127.0.0.1:{listening.server_port}/dev/keys")
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        yield there
        listening.shutdown()


def test_a_url_is_measured(run: Run, server: Server) -> None:
    server.seconds = 0.02
    done = run("speedtest", f"{server.url}?k=secret", "-n", "40", "-c", "4", "--body", '{"name": "{{run}}-{{n}}"}')
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"POST {server.url}?..."
    assert lines[1].startswith("40 requests by 4 connections in ")
    assert lines[2] == "  201  40"
    assert {line.split()[0] for line in lines[4:11]} == {"min", "mean", "p50", "p90", "p95", "p99", "max"}
    assert sum(int(line.split()[2]) for line in lines if " ms" in line and line[:1] == " ") == 40
    assert "=secret" not in done.stdout + done.stderr
    names = [each["name"] for each in server.bodies]
    assert len(set(names)) == 45, "no name comes twice, those of the warm-up included"


def test_the_times_are_those_of_the_server(run: Run, server: Server) -> None:
    server.seconds = 0.05
    found = json.loads(run("speedtest", server.url, "-n", "12", "-c", "3", "--format", "json").stdout)
    assert found["latency_ms"]["min"] >= 50
    assert found["latency_ms"]["p50"] < 500
    assert found["seconds"] >= 12 / 3 * 0.05
    assert found["throughput"] == pytest.approx(12 / found["seconds"], rel=0.01)
    assert (found["statuses"], found["errors"], found["failed"]) == ({"201": 12}, {}, 0)
    assert (len(found["times_ms"]), found["ended_by"], found["diagnostics"]) == (12, "count", [])


def test_a_request_that_failed_is_1(run: Run, server: Server) -> None:
    server.status = 429
    done = run("speedtest", server.url, "-n", "5", "--format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["statuses"], found["failed"], found["latency_ms"]) == ({"429": 5}, 5, None)
    refused = run("speedtest", "http://127.0.0.1:9/", "-n", "5")
    assert refused.returncode == 1
    assert "  connection refused  5" in refused.stdout


def test_it_ends_with_its_time(run: Run, server: Server) -> None:
    server.seconds = 0.1
    began = time.monotonic()
    done = run("speedtest", server.url, "-n", "10000", "-c", "2", "--warmup", "0", "--seconds", "0.5")
    assert time.monotonic() - began < 5
    assert done.returncode == 0
    assert ", cut after 0.5 s" in done.stdout


def test_what_is_slower_than_before_is_1(run: Run, server: Server, project: Path) -> None:
    server.seconds = 0.004
    before = run("speedtest", server.url, "-n", "60", "-c", "2", "--format", "json")
    (project / "before.json").write_text(before.stdout)
    server.seconds = 0.012
    slower = run("speedtest", server.url, "-n", "60", "-c", "2", "--baseline", "before.json")
    assert slower.returncode == 1
    assert "slower: the median by more than 10.0% (Mann-Whitney U: p = " in slower.stdout.splitlines()[-1]
    tolerated = run("speedtest", server.url, "-n", "60", "-c", "2", "--baseline", "before.json", "--slower", "900%")
    assert tolerated.returncode == 0
    assert "alike" in tolerated.stdout.splitlines()[-1]
    server.seconds = 0.0
    faster = run("speedtest", server.url, "-n", "60", "-c", "2", "--baseline", "before.json", "--format", "json")
    assert faster.returncode == 0
    found = json.loads(faster.stdout)["comparison"]
    assert (found["verdict"], found["baseline"], found["slower"]) == ("faster", server.url, 0.1)
    assert found["ratios"]["p50"] < 0.9
    other = run("speedtest", server.url, "-n", "10", "-c", "1", "--baseline", "before.json")
    assert "too few answers to tell" in other.stdout
    assert "the baseline had 2 connections" in other.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ftp://files.example/"], "KF534"),
        (["Register"], "KF534"),
        (["http://x/", "--header", "x-api-key=secret"], "KF536"),
        (["http://x/", "--body", "{"], "KF118"),
        (["http://x/", "--baseline", "keyflow.json"], "KF118"),
        (["http://x/", "--baseline", "other.json"], "KF537"),
        (["http://x/", "--baseline", "odd.json"], "KF537"),
    ],
)
def test_a_bad_input_is_1_and_nothing_is_sent(run: Run, project: Path, arguments: list[str], code: str) -> None:
    (project / "other.json").write_text("[]")
    (project / "odd.json").write_text('{"subject": "x", "connections": 8, "times_ms": [1, -1, true]}')
    done = run("speedtest", *arguments)
    assert done.returncode == 1
    assert code in done.stderr
    assert "=secret" not in done.stdout + done.stderr


@pytest.mark.parametrize("given", ["ten", "-5%", "1e3%", "nan"])
def test_what_is_tolerated_is_a_share(run: Run, given: str) -> None:
    assert run("speedtest", "http://x/", "--slower", given).returncode == 2


@pytest.mark.parametrize("option", ["--seconds", "--timeout"])
@pytest.mark.parametrize("given", ["nan", "inf", "0", "-1", "soon"])
def test_a_time_is_a_number_with_an_end(run: Run, option: str, given: str) -> None:
    """click's own range takes nan, and a test of nan seconds has no end."""
    assert run("speedtest", "http://127.0.0.1:9/", "-n", "1", option, given).returncode == 2


@pytest.fixture
def aws() -> Iterator[Aws]:
    with answering() as started:
        started.answers["DescribeStateMachine"] = described("EXPRESS")
        yield started


def measured(run: Run, aws: Aws, *arguments: str) -> Any:
    where = ("--stage", "dev", "--endpoint-url", aws.url, "--region", REGION)
    return run("speedtest", "Register", *where, "-n", "6", "-c", "2", "--warmup", "1", *arguments, **KEYS)


def executions(aws: Aws, logs: int) -> None:
    """Each execution takes 4 seconds by its logs, 3 of them in one state; the first so many are logged."""

    def arn(name: str) -> str:
        return f"arn:aws:states:{REGION}:{ACCOUNT}:express:Register-dev:{name}:0a1b2c3d"

    def start(parameters: Mapping[str, Any]) -> Any:
        billed = {"billedDurationInMilliseconds": 4000, "billedMemoryUsedInMB": 64}
        ended = {"executionArn": arn(parameters["name"]), "startDate": 1, "stopDate": 5, "status": "SUCCEEDED"}
        return {**ended, "billingDetails": billed}

    def filtered(_parameters: Mapping[str, Any]) -> Any:
        now = time.time()
        events = [
            event(1, 0, "ExecutionStarted", now),
            event(2, 0, "TaskStateEntered", now + 0.5, name="Save"),
            event(3, 2, "TaskStateExited", now + 3.5, name="Save"),
            event(4, 3, "ExecutionSucceeded", now + 4),
        ]
        names = [each["name"] for each in aws.asked("StartSyncExecution")]
        return {"events": [line for name in names[:logs] for line in logged(arn(name), events)]}

    aws.answers |= {"StartSyncExecution": start, "FilterLogEvents": filtered}


def test_a_workflow_is_measured_and_its_logs_say_where_the_time_went(run: Run, aws: Aws) -> None:
    executions(aws, logs=7)
    done = measured(run, aws, "--body", '{"n": {{n}}}', "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["subject"], found["stage"], found["billed_ms"]) == ("Register", "dev", 4000)
    (state,) = found["states"]
    assert (state["state"], state["visits"]) == ("Save", 6)
    assert state["mean_ms"] == pytest.approx(3000, abs=2)
    assert state["share"] == pytest.approx(0.75, abs=0.01)
    assert sorted(json.loads(each["input"])["n"] for each in aws.asked("StartSyncExecution")) == [*range(1, 8)]
    aws.calls.clear()
    assert "  75%       6  Save" in measured(run, aws).stdout


def test_logs_that_do_not_come_are_said_to_be_missing(run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyflow.cli.speedtest._LOGS_SECONDS", 0.3)
    executions(aws, logs=3)
    done = measured(run, aws)
    assert done.returncode == 0
    assert "warning KF539: of 6 executions the logs of 2 have come within 0.3 s" in done.stderr
    assert "Save" in done.stdout


def test_a_standard_workflow_cannot_be_measured(run: Run, aws: Aws) -> None:
    aws.answers["DescribeStateMachine"] = described("STANDARD")
    done = measured(run, aws)
    assert done.returncode == 1
    assert "KF538" in done.stderr
