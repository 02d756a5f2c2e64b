"""`keyflow check` and `keyflow explain` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.check.test_fixes import FIXED, JSON5, YAML, YAML_FIXED
from tests.cli.conftest import Run
from tests.command import keyflow

BAD = '{\n  "StartAt": "A",\n  "States": {"A": {"Type": "Pass", "Next": "Bee"}, "B": {"Type": "Succeed"}}\n}\n'


@pytest.fixture
def bad(project: Path) -> Path:
    (project / "flows").mkdir()
    (project / "flows" / "bad.asl.json").write_text(BAD)
    (project / "flows" / "good.asl.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
    return project


def test_findings_have_place_code_and_fix(bad: Path, run_alone: Run) -> None:
    done = run_alone("check", "flows")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        "flows/bad.asl.json:3:44: error KF811: Next leads to 'Bee', and there is no such state here",
        '    "States": {"A": {"Type": "Pass", "Next": "Bee"}, "B": {"Type": "Succeed"}}',
    ]
    assert "2 errors, 0 warnings" in done.stdout
    assert run_alone("check", "flows/good.asl.json").returncode == 0


def test_findings_for_programs(bad: Path, run: Run) -> None:
    found = json.loads(run("check", "flows/bad.asl.json", "--format", "json").stdout)["diagnostics"]
    assert [(each["code"], each["line"], each["column"], each["severity"]) for each in found] == [
        ("KF811", 3, 44, "error"),
        ("KF813", 3, 52, "error"),
    ]


def test_findings_for_code_scanners(bad: Path, run: Run) -> None:
    log = json.loads(run("check", "flows/bad.asl.json", "--format", "sarif").stdout)
    (tool_run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in tool_run["tool"]["driver"]["rules"]] == ["KF811", "KF813"]
    place = tool_run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "flows/bad.asl.json"
    assert place["region"] == {"startLine": 3, "startColumn": 44}


def test_the_configuration_says_how_findings_count(bad: Path, run: Run) -> None:
    (bad / "keyflow.toml").write_text('[check]\nKF811 = "warning"\nKF813 = "off"\n')
    done = run("check", "flows")
    assert (done.returncode, "0 errors, 1 warning" in done.stdout) == (0, True)
    assert run("check", "flows", "--strict").returncode == 1
    (bad / "keyflow.toml").write_text('[check]\nKF811 = "loud"\n')
    assert "KF110" in run("check", "flows").stdout


@pytest.mark.parametrize(
    ("content", "problem"), [("tool = 5", None), ("[tool]\nkeyflow = 5", "tool.keyflow is no table")]
)
def test_a_configuration_that_is_no_table(tmp_path: Path, content: str, problem: str | None) -> None:
    (tmp_path / "pyproject.toml").write_text(content)
    (tmp_path / "good.asl.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
    done = keyflow("check", "good.asl.json", cwd=tmp_path)
    assert done.returncode == (0 if problem is None else 1)
    assert done.stderr == ""
    assert problem is None or f"pyproject.toml:1: error KF110: {problem}" in done.stdout


def test_a_rule_is_explained(run: Run) -> None:
    done = run("explain", "kf811")
    assert done.returncode == 0
    assert done.stdout.startswith("KF811 (error): A transition leads to a state that its scope does not have\n")
    assert "bad:" in done.stdout
    assert "KF811" in run("explain").stdout
    assert json.loads(run("explain", "KF811", "--format", "json").stdout)["rules"][0]["code"] == "KF811"
    wrong = run("explain", "KF000")
    assert (wrong.returncode, "KF113" in wrong.stderr) == (1, True)


@pytest.mark.parametrize("asked", ["KF204", "kf204", "unknown-parameter"])
def test_a_diagnostic_is_explained_by_its_code_or_its_name(run: Run, asked: str) -> None:
    done = run("explain", asked)
    assert done.returncode == 0
    assert done.stdout.startswith("KF204 unknown-parameter\n")
    assert "fix: Use boto3's spelling" in done.stdout
    assert 'create_api_key(nam="x")' in done.stdout


def test_a_name_that_no_diagnostic_has_is_told_with_the_nearest(run: Run) -> None:
    done = run("explain", "unknown-paramter")
    assert (done.returncode, done.stdout) == (1, "")
    assert "hint: did you mean 'unknown-parameter'?" in done.stderr


def test_a_file_is_fixed_and_keeps_its_line_ends_mark_and_mode(project: Path, run_alone: Run) -> None:
    file = project / "a.asl.json"
    file.write_bytes(b"\xef\xbb\xbf" + JSON5.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    before = file.read_bytes()
    shown = run_alone("check", "a.asl.json", "--diff")
    assert "+    " in shown.stdout
    assert "'OutputPath'" in shown.stdout
    assert file.read_bytes() == before
    done = run_alone("check", "a.asl.json", "--fix")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("fixed a.asl.json:") == 4
    assert file.read_bytes() == b"\xef\xbb\xbf" + FIXED.replace("\n", "\r\n").encode()
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_with_line_ends_of_two_kinds_is_left_alone(project: Path, run_alone: Run) -> None:
    file = project / "a.asl.json"
    content = JSON5.replace("\n", "\r\n", 1).encode()
    file.write_bytes(content)
    done = run_alone("check", "a.asl.json", "--fix")
    assert (done.returncode, "KF115" in done.stdout) == (1, True)
    assert file.read_bytes() == content


def test_a_fix_that_shows_another_finding_is_followed_by_its_fix(project: Path, run_alone: Run) -> None:
    (project / "a.asl.yaml").write_text(YAML)
    done = run_alone("check", "a.asl.yaml", "--fix")
    assert (done.returncode, (project / "a.asl.yaml").read_text()) == (0, YAML_FIXED.replace("Yes   #", '"Yes"   #'))


def test_without_credentials_aws_is_not_reached_and_the_findings_stay(bad: Path, run_alone: Run) -> None:
    none = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "", "AWS_CONFIG_FILE": "/none"}
    done = run_alone("check", "flows/bad.asl.json", "--aws", "--region", "eu-central-1", **none)
    assert done.returncode == 3, done.stdout
    assert [code for code in ("KF811", "KF504") if code in done.stdout] == ["KF811", "KF504"]
