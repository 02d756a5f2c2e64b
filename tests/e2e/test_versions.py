"""Callers while a stage changes: a deployment, a canary and a rollback, and none of their requests fails."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import command
from tests.e2e.localstack import Engine

pytestmark = pytest.mark.e2e

DEFINITION = """\
from keyflow import Api, Workflow

workflow = Workflow("Versioned", timeout=10)
workflow.succeed({"version": VERSION})

api = Api("versioned")
api.post("/calls", workflow, authorization="none")
"""
MORE_ROUTES = 'api.get("/more", workflow)\n'


class Callers:
    """Calls all the time; `answers` are the statuses and the versions that answered, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[tuple[int, Any]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._call, daemon=True)

    def _call(self) -> None:
        while not self._stop.wait(0.05):
            answer = requests.post(self.url, json={}, timeout=30)
            self.answers.append((answer.status_code, answer.json().get("version")))

    def versions(self) -> Counter[Any]:
        return Counter(version for _status, version in self.answers)

    @contextmanager
    def calling(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join(60)


@pytest.fixture
def keyflow(engine: Engine, tmp_path: Path) -> Callable[..., str]:
    (tmp_path / "definitions").mkdir()
    (tmp_path / "keyflow.toml").write_text('name = "versioned"\n')

    def run(*arguments: str) -> str:
        where = ("--stage", "live", "--endpoint-url", engine.url, "--yes")
        done = command.keyflow_in_this_process(*arguments, *where, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run


def test_no_request_fails_while_the_stage_changes(keyflow: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "definitions" / "versioned.py"

    def write(version: int, more: str = "") -> None:
        file.write_text(DEFINITION.replace("VERSION", str(version)) + more)

    write(1)
    found = re.search(r"^POST (http://\S+)$", keyflow("deploy"), re.MULTILINE)
    assert found is not None
    callers = Callers(found[1])
    with callers.calling():
        until(lambda: callers.versions()[1] > 3)
        write(2, MORE_ROUTES)
        keyflow("deploy")
        until(lambda: callers.answers[-1] == (200, 2))
        write(3, MORE_ROUTES)
        before = len(callers.answers)
        said = keyflow("deploy", "--canary", "30%", "--for", "2s")
        during = [version for _status, version in callers.answers[before:]]
        until(lambda: callers.answers[-1] == (200, 3))
        keyflow("rollback")
        until(lambda: callers.answers[-1] == (200, 2))
    assert "30 % of the callers get version 3 of Versioned-live; all of them in 2 s" in said
    assert 2 in during[during.index(3) :], "one version answers after the other, not both by turns"
    statuses = Counter(status for status, _version in callers.answers)
    print(f"{len(callers.answers)} requests while a stage changed, by status: {dict(statuses)}")
    assert set(statuses) == {200}
    assert keyflow("rollback", "Versioned", "--to", "1")
    assert requests.post(found[1], json={}, timeout=30).json() == {"version": 1}
    more = f"{found[1].removesuffix('/calls')}/more"
    assert requests.get(more, timeout=30).status_code == 200
    assert "~ update  stage of REST API versioned-live" in keyflow("rollback", "versioned")
    assert requests.get(more, timeout=30).status_code in (403, 404)
    keyflow("deploy")
    assert requests.get(more, timeout=30).json() == {"version": 3}
    assert "nothing of stage live is left to settle" in keyflow("settle")
    assert "- delete  state machine Versioned-live" in keyflow("destroy")


def test_a_canary_that_is_killed_is_finished_by_the_next_run(
    keyflow: Callable[..., str], engine: Engine, tmp_path: Path
) -> None:
    """The process is gone in the middle: callers are led to both versions, and no request fails."""
    file = tmp_path / "definitions" / "versioned.py"
    file.write_text(DEFINITION.replace("VERSION", "1"))
    url = re.search(r"^POST (http://\S+)$", keyflow("deploy"), re.MULTILINE)
    assert url is not None
    callers = Callers(url[1])
    with callers.calling():
        file.write_text(DEFINITION.replace("VERSION", "2"))
        place = ("--stage", "live", "--endpoint-url", engine.url)
        canary = subprocess.Popen(
            [sys.executable, "-m", "keyflow", "deploy", *place, "--yes", "--canary", "50%", "--for", "10m"],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: callers.versions()[2] > 0)
        finally:
            canary.kill()
            canary.wait()
        alias = "arn:aws:states:us-east-1:000000000000:stateMachine:Versioned-live:live"
        states = engine.client("stepfunctions")
        routes = states.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"]
        assert [route["weight"] for route in routes] == [50, 50]
        assert "50 % version 1 and 50 % version 2" in keyflow("deploy")
        until(lambda: all(answer == (200, 2) for answer in callers.answers[-5:]))
    assert {status for status, _version in callers.answers} == {200}
    keyflow("destroy")


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
