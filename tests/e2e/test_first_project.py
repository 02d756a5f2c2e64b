"""What `keyflow init` writes, planned and deployed as a new user does it, and called by the line that is printed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.command import keyflow
from tests.e2e.conftest import ACCOUNT, Deployed
from tests.e2e.localstack import make_table

pytestmark = pytest.mark.e2e


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_first_project_is_planned_deployed_called_and_destroyed(deployed: Deployed, tmp_path: Path) -> None:
    engine, app = deployed.engine, tmp_path / "notes"
    make_table(engine, "notes-dev", "pk")
    engine.client("sqs").create_queue(QueueName="notes-dev")
    assert keyflow("init", "notes", cwd=tmp_path).returncode == 0
    where = ["--stage", "dev", "--endpoint-url", engine.url]

    planned = keyflow("deploy", *where, "--dry-run", cwd=app)  # with the values of keyflow.toml
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.count("+ create") == 6, planned.stdout

    queue = f"QueueUrl={engine.url}/{ACCOUNT}/notes-dev"
    made = keyflow("deploy", *where, "--yes", "--param", queue, "--format", "json", cwd=app)
    assert made.returncode == 0, made.stderr
    (endpoint,) = json.loads(made.stdout)["endpoints"]
    assert [called(endpoint["curl"]) for _time in range(2)] == [
        (201, {"id": "example"}),
        (409, {"message": "There is a note with that id already"}),
    ]

    assert keyflow("destroy", *where, "--yes", cwd=app).returncode == 0


def called(line: str) -> tuple[int, object]:
    """The status and the body that a line of curl gets."""
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    command = f"{line} --silent --noproxy '*' --write-out '\\n%{{http_code}}'"
    done = subprocess.run(["sh", "-c", command], env={**os.environ, **keys}, capture_output=True, text=True, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)
