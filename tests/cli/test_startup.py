"""What a command imports: a user waits for nothing that it does not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import keyflow

SEND = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
SMALL = {"StartAt": "A", "States": {"A": {**SEND, "Parameters": {"QueueUrl": "q", "MessageBody": "m"}}}}
RUN = """
import json, sys
from keyflow.cli import main
try:
    main(sys.argv[1:], prog_name="keyflow")
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def imported(*arguments: str, cwd: Path) -> set[str]:
    done = subprocess.run([sys.executable, "-c", RUN, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_the_version_needs_nothing(tmp_path: Path) -> None:
    found = imported("--version", cwd=tmp_path)
    assert {name for name in found if name.startswith("keyflow")} == {"keyflow", "keyflow.cli", "keyflow.lazy"}
    assert found.isdisjoint({"importlib.metadata", "botocore", "jsonschema", "yaml"})


def test_check_needs_no_part_that_builds(tmp_path: Path) -> None:
    (tmp_path / "a.asl.json").write_text(json.dumps(SMALL))
    found = imported("check", "a.asl.json", cwd=tmp_path)
    assert "keyflow.check" in found
    parts = {".".join(name.split(".")[:2]) for name in found if name.startswith("keyflow.")}
    assert parts.isdisjoint({"keyflow.dsl", "keyflow.compiler", "keyflow.http", "keyflow.engine", "keyflow.verify"})
    assert found.isdisjoint({"jsonschema", "boto3", "yaml", "airspeed", "jsonata", "tomllib"})


def test_a_picture_of_a_file_needs_no_part_that_builds(tmp_path: Path) -> None:
    (tmp_path / "a.asl.json").write_text(json.dumps(SMALL))
    found = imported("graph", "a.asl.json", "-o", "a.svg", cwd=tmp_path)
    assert "keyflow.render" in found
    parts = {".".join(name.split(".")[:2]) for name in found if name.startswith("keyflow.")}
    assert parts.isdisjoint({"keyflow.dsl", "keyflow.compiler", "keyflow.http", "keyflow.engine", "keyflow.verify"})
    assert found.isdisjoint({"jsonschema", "boto3", "yaml", "airspeed", "jsonata"})


def test_a_build_needs_no_library_where_what_it_makes_is_right(project: Path) -> None:
    found = imported("build", "Register", "--out", str(project / "out"), cwd=project)
    assert "keyflow.compiler" in found
    assert found.isdisjoint({"jsonschema", "boto3", "yaml", "keyflow.engine.interpreter", "keyflow.verify"})


def test_every_public_name_is_there() -> None:
    """Whether or not it has been used before."""
    code = "import keyflow; print([getattr(keyflow, name).__name__ for name in keyflow.__all__] and dir(keyflow))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert all(repr(name) in done.stdout for name in keyflow.__all__)
    with pytest.raises(AttributeError, match="module 'keyflow' has no attribute 'Workflows'"):
        _ = keyflow.Workflows  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        exec("from keyflow import nothing")


def test_the_version_is_the_packages() -> None:
    import tomllib

    document = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert document["project"]["version"] == keyflow.__version__
