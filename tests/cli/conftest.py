"""A small project, and the command run in it."""

from __future__ import annotations

import multiprocessing
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from keyflow.cli import workers
from tests import command

Run = Callable[..., subprocess.CompletedProcess[str]]

DEFINITION = """\
from keyflow import Api, Parameter, Workflow
from keyflow.aws import apigateway, dynamodb

workflow = Workflow("Register", timeout=25)
key = workflow.task("Make Key", apigateway.create_api_key(name=workflow.input["name"]))
key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
save = workflow.task(
    "Save", dynamodb.put_item(TableName=Parameter("Table", description="where"), Item={"pk": {"S": key["id"]}})
)
with save.on_error(dynamodb.errors.ConditionalCheckFailedException):
    workflow.fail("Exists", "It exists")
save.keep("an item without its key opens nothing")
workflow.succeed({"id": key["id"]})

api = Api("keys")
api.post("/keys", workflow, request={"title": "Key", "type": "object", "required": ["name"],
         "properties": {"name": {"type": "string"}}}, success=201, errors={"Exists": 409})
"""


@pytest.fixture(scope="session", autouse=True)
def processes() -> Iterator[None]:
    """Each side of a comparison has a process of its own as ever, forked from one that has imported keyflow once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["keyflow.cli.sides", "keyflow.cli.failures", "keyflow.verify", "keyflow.aws"])
    with patch.object(workers, "multiprocessing", SimpleNamespace(get_context=lambda _method: context)):
        yield


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "keyflow.toml").write_text('name = "sample"\n\n[stages.dev.parameters]\nTable = "keys-dev"\n')
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "register.py").write_text(DEFINITION)
    return tmp_path


@pytest.fixture
def run(project: Path) -> Run:
    """Runs the command by a call."""
    return in_project(project, command.keyflow_in_this_process)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in this process pauses, as between two attempts at a call of AWS."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


@pytest.fixture
def run_alone(project: Path) -> Run:
    """Runs the command in a process of its own."""
    return in_project(project, command.keyflow)


def in_project(project: Path, keyflow: Run) -> Run:
    def run(*arguments: str, cwd: Path = project, **environment: str) -> subprocess.CompletedProcess[str]:
        return keyflow(*arguments, cwd=cwd, **{"HOME": str(project), **environment})

    return run
