"""Fuzzes for some minutes with atheris: `python -m tests.fuzz.run [SECONDS]`; what crashes goes into the corpus.

Atheris lives in an environment of its own, with keyflow's source on its path.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.environments import cached_environment

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CORPUS = HERE / "corpus"


def main(seconds: int) -> int:
    """Runs the fuzzer; gives its exit code, which is 0 where nothing crashed."""
    requirements = HERE / "requirements.txt"

    def install(pip: list[str]) -> None:
        subprocess.run([*pip, "-r", str(requirements)], check=True)

    python = cached_environment("atheris", [requirements], install)
    grown = ROOT / ".hypothesis" / "fuzz"
    grown.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        "-timeout=20",
        "-max_len=6000",
        f"-artifact_prefix={CORPUS}/",
        "-print_final_stats=1",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    command = [str(python), str(HERE / "fuzzer.py"), *options, str(grown), str(CORPUS)]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 600))
