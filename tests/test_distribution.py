"""What `pip install` brings: the wheel is built, installed into an environment of its own, and used there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from keyflow.libraries import DISTRIBUTION
from tests.environments import cached_environment

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SPOKEN = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "pyproject.toml")),
    *(file for folder in ("docs", "src") for file in sorted((ROOT / folder).rglob("*.*")) if file.suffix != ".pyc"),
]
"""Where users read how keyflow is installed."""
LISTED = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (file,) = folder.iterdir()
    return file


@pytest.fixture(scope="module")
def commands(wheel: Path) -> Path:
    """The folder of the commands of an environment that has the wheel, its extra `verify`, pytest, and nothing else."""
    requirements = [f"{wheel}[verify]", "pytest"]
    install = cached_environment(
        "wheel", [wheel], lambda pip: subprocess.run([*pip, *requirements], check=True), kept=2
    )
    return install.parent


def ran(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    hidden = ("PYTHON", "PYTEST", "AWS_", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    environment = {**kept, "HOME": str(cwd), "PATH": f"{command.parent}:{os.environ['PATH']}"}
    return subprocess.run([str(command), *arguments], cwd=cwd, capture_output=True, text=True, env=environment)


def test_the_distribution_has_the_name_that_messages_say() -> None:
    assert PROJECT["name"] == DISTRIBUTION == "keyflow-aws"


def test_every_page_and_message_names_the_distribution_and_extras_that_it_has() -> None:
    found = [
        (file.name, name, extra)
        for file in SPOKEN
        for name, extras in re.findall(r"\b(keyflow[\w-]*)\[([a-z, ]+)\]", file.read_text())
        for extra in re.split(r", *", extras)
    ]
    assert {name for _file, name, _extra in found} == {DISTRIBUTION}
    assert {extra for _file, _name, extra in found} <= PROJECT["optional-dependencies"].keys()
    wrong = re.compile(r"(?:pip install|uvx|pipx run|pipx install) +'?keyflow(?![-\w])")
    assert [file.name for file in SPOKEN if wrong.search(file.read_text())] == []


def test_all_of_the_package_is_inside_and_nothing_else(wheel: Path) -> None:
    listed = subprocess.run([*LISTED, "src"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    there = {name.removeprefix("src/") for name in listed.splitlines() if (ROOT / name).is_file()}
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == there
    assert {"keyflow/py.typed", "keyflow/aws/effects/operations.jsonl", "keyflow/aws/sdk_services.json"} <= inside


ROOTS = """
import importlib.metadata, re
normal = lambda name: re.sub("[-_.]+", "-", name).lower()
there = list(importlib.metadata.distributions())
asked = {normal(re.match(r"[\\w.-]+", each)[0]) for one in there for each in one.requires or ()}
print(*sorted({normal(one.name) for one in there} - asked))
"""
"""What is installed in an environment, and nothing in it asks for."""


def test_the_environment_has_what_the_wheel_asks_for_and_no_more(commands: Path, tmp_path: Path) -> None:
    done = ran(commands / "python", "-c", ROOTS, cwd=tmp_path)
    assert set(done.stdout.split()) <= {"keyflow-aws", "pytest", "pip", "setuptools"}, done.stderr
    assert "keyflow-aws" in done.stdout.split()


@pytest.mark.parametrize("name", ["keyflow", "keyflow-aws"])
def test_both_commands_are_there(commands: Path, tmp_path: Path, name: str) -> None:
    """`uvx keyflow-aws check FILE` runs the command that has the distribution's name."""
    done = ran(commands / name, "--version", cwd=tmp_path)
    assert (done.stdout, done.stderr) == (f"keyflow, version {PROJECT['version']}\n", "")


def test_a_first_project_in_an_empty_environment(commands: Path, tmp_path: Path) -> None:
    """What a user types first: all of it works, with nothing beside what the wheel asks for."""
    folder = tmp_path / "my-api"
    made = ran(commands / "keyflow", "init", "my-api", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    for name, *arguments in (
        ("keyflow", "build", "--strict"),
        ("keyflow", "build", "--check"),
        ("keyflow", "verify", "--strict", "--depth", "1"),
        ("keyflow-aws", "check", "--strict", "build", "build/notes.openapi.yaml"),
    ):
        done = ran(commands / name, *arguments, cwd=folder)
        assert (done.returncode, done.stderr) == (0, ""), (arguments, done.stdout, done.stderr)
    assert "3 passed" in ran(commands / "pytest", cwd=folder).stdout
