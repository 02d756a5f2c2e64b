"""The objects of the `stepfunctions` package: its own tests run where it is installed, with the pins of the extra."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from keyflow.diagnostics import EngineError
from keyflow.interop.stepfunctions import state_machine_of
from tests.environments import cached_environment

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "sdk"


def test_with_the_real_package() -> None:
    requirements = HERE / "requirements.txt"
    python = cached_environment("stepfunctions", [requirements], lambda pip: _run([*pip, "-r", str(requirements)]))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "KEYFLOW_ROOT": str(ROOT), "PYTHONWARNINGS": "ignore"}
    options = ["-q", "--noconftest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(HERE)]
    done = subprocess.run(
        [str(python), "-m", "pytest", *options, str(HERE / "cases.py")], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)


def test_the_pins_are_those_of_the_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    lines = (HERE / "requirements.txt").read_text().splitlines()
    assert set(extras["stepfunctions"]) <= {*lines, "keyflow-aws[stepfunctions]"}


@pytest.mark.skipif("stepfunctions" in sys.modules, reason="it is installed here")
def test_where_it_is_missing_the_extra_is_named() -> None:
    with pytest.raises(EngineError) as caught:
        state_machine_of(object(), "M")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.hint) == ("KF606", "pip install 'keyflow-aws[stepfunctions]'")
