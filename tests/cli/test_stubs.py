"""`keyflow stubs` through the command."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command import keyflow


def test_definitions_import_what_is_written(tmp_path: Path) -> None:
    done = keyflow("stubs", "dynamodb", "sqs", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == ["definitions/_aws.py", "definitions/_aws.pyi"]
    (tmp_path / "definitions" / "note.py").write_text(
        "from keyflow import Workflow\n"
        "from _aws import dynamodb\n"
        'workflow = Workflow("Note", timeout=20)\n'
        'workflow.task("Get", dynamodb.get_item(TableName="t", Key={}))\n'
        "workflow.succeed()\n"
    )
    built = keyflow("build", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    assert keyflow("stubs", "dynamodb", cwd=tmp_path).returncode == 0  # its own files may be written again


def test_nobodys_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.pyi").write_text("x: int\n")
    done = keyflow("stubs", "sqs", "--out", "mine.py", cwd=tmp_path)
    assert (done.returncode, "error KF117" in done.stderr) == (1, True)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.pyi"]
    assert "KF117" in keyflow("stubs", "sqs", "--out", "mine.txt", cwd=tmp_path).stderr


def test_an_unknown_service_is_named(tmp_path: Path) -> None:
    done = keyflow("stubs", "dynamo", cwd=tmp_path)
    assert (done.returncode, "did you mean 'dynamodb'?" in done.stderr) == (1, True)
    assert done.stderr.startswith("error KF201: "), "no line of a file is to blame"
    assert not list(tmp_path.iterdir())
