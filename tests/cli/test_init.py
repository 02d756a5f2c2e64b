"""`keyflow init`: the project that it writes builds, is sound, is tested and checked; nothing of others is touched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from keyflow import __version__
from keyflow.cli.first_project import CI, CONFIGURATION, DEFINITION, IGNORED, PRE_COMMIT, TEST
from keyflow.cli.init import origin_of
from tests.cli.conftest import Run
from tests.cli.test_deploy import UNREACHABLE
from tests.environments import cached_environment

EVERYTHING = [CONFIGURATION, DEFINITION, TEST, IGNORED, CI, PRE_COMMIT]


@pytest.fixture
def app(tmp_path: Path, run: Run) -> Path:
    assert run("init", "my-app", cwd=tmp_path).returncode == 0
    return tmp_path / "my-app"


def tool(*command: str, cwd: Path) -> str:
    """What another program prints; it must succeed."""
    hidden = ("PYTEST", "GIT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    names = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={**kept, **names})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_init_makes_a_project_that_builds_at_once(tmp_path: Path, run_alone: Run) -> None:
    folder = tmp_path / "new" / "app"
    folder.parent.mkdir()
    done = run_alone("init", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert [each for each in EVERYTHING if not (folder / each).is_file()] == []
    assert done.stdout.splitlines()[-1] == f"next: cd {folder} && keyflow build && pytest"
    assert run_alone("build", cwd=folder).returncode == 0
    assert (folder / "build" / "TakeNote.asl.json").is_file()
    again = run_alone("init", str(folder))
    assert again.returncode == 1
    assert "KF117" in again.stderr


def test_what_init_writes_is_sound(app: Path, run: Run) -> None:
    """No error, no warning, and nothing that a proof or a rule leaves open."""
    built = run("build", "--strict", cwd=app)
    assert (built.returncode, built.stderr) == (0, "")
    proven = run("verify", "--strict", cwd=app)
    assert (proven.returncode, proven.stderr) == (0, "")
    assert "unprovable" not in proven.stdout
    assert proven.stdout.startswith("TakeNote: P1 to P5 hold; ")
    checked = run("check", "--strict", "build", "build/notes.openapi.yaml", cwd=app)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_tests_pass_with_plain_pytest_and_git_sees_no_change_after_a_day_of_work(app: Path, run: Run) -> None:
    tool("git", "init", "--quiet", cwd=app)
    run("build", cwd=app)
    tool("git", "add", "--all", cwd=app)
    tool("git", "commit", "--quiet", "--message", "x", cwd=app)
    assert run("build", "--check", "--strict", cwd=app).returncode == 0
    assert "3 passed" in tool(sys.executable, "-m", "pytest", cwd=app)
    (app / "keyflow.sarif").write_text(run("check", "--format", "sarif", "build", cwd=app).stdout)
    assert tool("git", "status", "--short", cwd=app) == ""
    assert tool("git", "ls-files", "build", cwd=app)


@pytest.mark.usefixtures("at_once")
def test_every_parameter_has_a_value(app: Path, run: Run) -> None:
    """A plan gets as far as AWS, where nothing listens here."""
    settings = tomllib.loads((app / "keyflow.toml").read_text())
    manifest = json.loads(run("build", "--format", "json", cwd=app).stdout)
    assert manifest["diagnostics"] == []
    assert settings["name"] == "my-app"
    where = ["--stage", "dev", "--dry-run", "--endpoint-url", UNREACHABLE]
    planned = run("deploy", *where, cwd=app, AWS_DEFAULT_REGION="us-east-1")
    assert (planned.returncode, "KF504" in planned.stderr) == (3, True), planned.stderr
    ran = run("run", "TakeNote", "--local", "--input", '{"note": {"id": "1", "text": "x"}}', cwd=app)
    assert (ran.returncode, "SUCCEEDED" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_ci_runs_what_the_documentation_says(app: Path) -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax."""
    document: Mapping[Any, Any] = yaml.safe_load((app / CI).read_text())
    assert document[True] == ["push", "pull_request"]  # YAML 1.1 takes `on` for true
    (job,) = document["jobs"].values()
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    steps = job["steps"]
    assert all(("run" in step) != ("uses" in step) for step in steps)
    commands = [step["run"] for step in steps if "run" in step]
    assert commands[1:] == [
        "keyflow build --check --strict",
        "keyflow verify --strict",
        "pytest",
        "keyflow check --strict --format sarif build build/*.openapi.yaml > keyflow.sarif",
    ]
    assert commands[0] == f"pip install 'keyflow-aws[verify]=={__version__}' pytest"
    upload = steps[-1]
    assert upload["uses"].startswith("github/codeql-action/upload-sarif@")
    assert upload["with"] == {"sarif_file": "keyflow.sarif"}


def test_the_tools_that_read_the_yaml_take_it(app: Path) -> None:
    requirements = Path(__file__).parent / "first_project" / "requirements.txt"
    python = cached_environment(
        "first_project", [requirements], lambda pip: subprocess.run([*pip, "-r", requirements], check=True)
    )
    tool(str(python.parent / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", CI, cwd=app)
    tool(str(python.parent / "pre-commit"), "validate-config", PRE_COMMIT, cwd=app)


def test_each_command_of_ci_succeeds(app: Path, run: Run) -> None:
    run("build", cwd=app)
    (job,) = yaml.safe_load((app / CI).read_text())["jobs"].values()
    lines = [step["run"] for step in job["steps"] if step.get("run", "").startswith("keyflow ")]
    for each in lines:
        tool("bash", "-e", "-c", each.replace("keyflow ", f"{sys.executable} -m keyflow ", 1), cwd=app)
    found = json.loads((app / "keyflow.sarif").read_text())
    assert found["runs"][0]["results"] == []


def test_the_hook_runs_for_what_a_build_depends_on(app: Path, run: Run) -> None:
    ((hook,),) = (each["hooks"] for each in yaml.safe_load((app / PRE_COMMIT).read_text())["repos"])
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert hook["entry"] == "keyflow build --check --strict"
    for file, concerned in {DEFINITION: True, "build/manifest.json": True, CONFIGURATION: True, TEST: False}.items():
        assert bool(re.search(hook["files"], file)) is concerned, file


def test_what_is_there_is_left_alone_and_named(tmp_path: Path, run: Run) -> None:
    (tmp_path / "app" / ".github" / "workflows").mkdir(parents=True)
    for name in (IGNORED, CI):
        (tmp_path / "app" / name).write_text("mine\n")
    done = run("init", "app", cwd=tmp_path)
    assert done.returncode == 0
    for name in (IGNORED, CI):
        assert (tmp_path / "app" / name).read_text() == "mine\n"
        assert f"left alone app/{name}: there already" in done.stdout
        assert f"wrote app/{name}" not in done.stdout
    assert run("build", cwd=tmp_path / "app").returncode == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keyflow.toml", 'definitions = ["flows/*.py"]\n'),
        ("pyproject.toml", '[tool.keyflow]\nname = "x"\n'),
        ("definitions/mine.py", "x = 1\n"),
    ],
)
def test_a_project_gets_no_sample(tmp_path: Path, run: Run, name: str, text: str) -> None:
    file = tmp_path / "app" / name
    file.parent.mkdir(parents=True)
    file.write_text(text)
    done = run("init", "--format", "json", cwd=tmp_path / "app")
    found = json.loads(done.stdout)
    assert found["files"] == [IGNORED, CI, PRE_COMMIT]
    assert found["left_alone"] == [CONFIGURATION, DEFINITION, TEST]
    assert file.read_text() == text
    assert not (tmp_path / "app" / DEFINITION).exists()


def test_half_a_sample_is_not_completed(tmp_path: Path, run: Run) -> None:
    """A test of the name is somebody's own: it would fail beside the sample, or hide it."""
    (tmp_path / "tests").mkdir()
    (tmp_path / TEST).write_text("mine\n")
    (tmp_path / "keyflow.toml").unlink()
    (tmp_path / "definitions" / "register.py").unlink()
    done = run("init", cwd=tmp_path)
    assert (done.returncode, (tmp_path / DEFINITION).exists()) == (0, False)
    assert f"left alone {DEFINITION}: a file of the sample is there" in done.stdout
    assert done.stdout.splitlines()[-1] == "next: keyflow build"


@pytest.mark.parametrize(
    ("folder", "name"), [("orders", "orders"), ('a "b" \\ c', "a-b-c"), ("été", "t"), ("..x", "x"), ("!", "notes")]
)
def test_the_name_of_a_project_is_its_folders(tmp_path: Path, run: Run, folder: str, name: str) -> None:
    done = run("init", folder, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert tomllib.loads((tmp_path / folder / "keyflow.toml").read_text())["name"] == name


def test_files_that_are_read_at_the_root_of_a_repository_are_spoken_of(tmp_path: Path, run: Run) -> None:
    (tmp_path / ".git").mkdir()
    done = run("init", "app", cwd=tmp_path)
    assert f"note: {CI} and {PRE_COMMIT} are read at the root of the repository only: move them to" in done.stdout
    (tmp_path / "root" / ".git").mkdir(parents=True)
    assert "at the root of the repository" not in run("init", "root", cwd=tmp_path).stdout


PLACE = "https://git.example.com/team/keyflow.git"


@pytest.mark.parametrize(
    ("direct_url", "requirement", "reachable"),
    [
        (None, f"keyflow-aws[verify]=={__version__}", True),
        (
            {"url": PLACE, "vcs_info": {"vcs": "git", "commit_id": "0123abcd"}},
            f"keyflow-aws[verify] @ git+{PLACE}@0123abcd",
            True,
        ),
        (
            {"url": "https://example.com/keyflow_aws-0.1.0-py3-none-any.whl", "archive_info": {}},
            "keyflow-aws[verify] @ https://example.com/keyflow_aws-0.1.0-py3-none-any.whl",
            True,
        ),
        ({"url": "file:///home/me/keyflow", "dir_info": {}}, f"keyflow-aws[verify]=={__version__}", False),
        ({"url": "https://x/'; rm -rf /'", "archive_info": {}}, f"keyflow-aws[verify]=={__version__}", False),
        ({}, f"keyflow-aws[verify]=={__version__}", False),
    ],
)
def test_ci_installs_the_keyflow_that_wrote_it(
    direct_url: Mapping[str, Any] | None, requirement: str, reachable: bool
) -> None:
    origin = origin_of(direct_url)
    assert (origin.requirement, origin.reachable) == (requirement, reachable)
