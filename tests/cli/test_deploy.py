"""`keyflow deploy` and `destroy` before AWS is reached: parameters, confirmation, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

UNREACHABLE = "http://127.0.0.1:9"


@pytest.fixture
def unconfigured(project: Path) -> None:
    (project / "keyflow.toml").write_text('name = "sample"\n')


@pytest.mark.usefixtures("unconfigured")
def test_an_unset_parameter_is_told_before_anything_is_done(run_alone: Run) -> None:
    done = run_alone("deploy", "--stage", "dev", "--endpoint-url", UNREACHABLE, "--yes")
    assert done.returncode == 1
    assert "definitions/register.py:8: error KF501: the parameter Table (where) has no value" in done.stderr
    assert "hint: pass --param Table=..." in done.stderr


def test_a_misspelt_parameter_is_told(run: Run) -> None:
    done = run("deploy", "--stage", "dev", "--param", "Tabel=x", "--endpoint-url", UNREACHABLE, "--yes")
    assert done.returncode == 1
    assert "did you mean 'Table'?" in done.stderr


@pytest.mark.usefixtures("at_once")
def test_an_endpoint_that_does_not_answer_is_aws_not_reached(run: Run) -> None:
    done = run("deploy", "--stage", "dev", "--endpoint-url", UNREACHABLE, "--yes")
    assert done.returncode == 3
    assert "KF504" in done.stderr
    assert "Traceback" not in done.stderr
    as_json = run("destroy", "--stage", "dev", "--endpoint-url", UNREACHABLE, "--yes", "--format", "json")
    assert as_json.returncode == 3
    assert json.loads(as_json.stdout)["diagnostics"][0]["code"] == "KF504"


def test_a_stage_is_wanted_and_has_a_simple_name(run: Run) -> None:
    assert run("deploy").returncode == 2
    done = run("deploy", "--stage", "a/b", "--yes")
    assert done.returncode == 1
    assert "KF507" in done.stderr
