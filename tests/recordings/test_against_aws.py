"""`make test-aws` asks what makes nothing, and says so where nobody can be asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from keyflow.deploy.target import Clients
from tests.recordings import against_aws

ROOT = Path(__file__).parents[2]
STATE: Any = {"name": "t", "definition": {"Type": "Pass", "End": True}, "input": {"a": 1}}
MOCKED = {**STATE, "options": {"mock": {"result": "{}"}, "roleArn": "x"}, "recorded": {"r": {"status": "SUCCEEDED"}}}
REAL = {**STATE, "options": {"roleArn": "x"}, "recorded": {"r": {"status": "SUCCEEDED"}}}


def test_without_credentials_it_says_so_and_fails(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    none = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-central-1", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "tests.recordings.against_aws"]
    done = subprocess.run(command, cwd=ROOT, env={**environment, **none}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "AWS was not asked, and nothing is tested: error KF504" in done.stdout


@pytest.mark.parametrize(("status", "problems"), [("SUCCEEDED", 0), ("FAILED", 1)])
def test_answers_are_compared_and_no_call_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str, problems: int
) -> None:
    """A state without a mock would call its service: it is never sent."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    (tmp_path / "A.asl.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
    (tmp_path / "A.policy.json").write_text("{}")
    monkeypatch.setattr(against_aws, "BUILD", tmp_path)
    monkeypatch.setattr(against_aws, "recordings", lambda _name: [MOCKED, REAL])
    clients = Clients(region="eu-central-1")
    machines, policies = Stubber(clients.client("stepfunctions")), Stubber(clients.client("accessanalyzer"))
    machines.add_response("validate_state_machine_definition", {"result": "OK", "diagnostics": []})
    sent = {"definition": json.dumps(STATE["definition"]), "input": '{"a": 1}', "mock": {"result": "{}"}}
    machines.add_response("test_state", {"status": status}, sent)
    policies.add_response("validate_policy", {"findings": []}, {"policyDocument": ANY, "policyType": "IDENTITY_POLICY"})
    with machines, policies:
        answers = list(against_aws.asked(clients))
        machines.assert_no_pending_responses()
    assert [(each.kind, len(each.problems)) for each in answers] == [
        ("definition", 0),
        ("policy", 0),
        ("state", problems),
    ]
