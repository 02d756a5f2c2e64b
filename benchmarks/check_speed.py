"""Claim: `keyflow check` is at least 20 times as fast as its peer once it has started, and keeps no file in memory.

The peer is asl-validator (npm), which is loaded once and checks the same files in one process: its start-up is not
counted either. The definitions are keyflow's own, and random ones.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from tests.environments import node_modules
from tests.random_definitions import definitions

from benchmarks.measure import Run, median, run

ROOT = Path(__file__).parents[1]
PEER = Path(__file__).parent / "asl_validator"
FILES, FEW = 500, 50
ROUNDS = 3


def main() -> None:
    """Measures and prints; ends with 1 where a claim does not hold."""
    peer = node_modules(PEER / "package.json")
    with tempfile.TemporaryDirectory() as folder:
        many, few = Path(folder, "many"), Path(folder, "few")
        kilobytes = _write(many, FILES) / FILES / 1000
        _write(few, FEW)
        runs = [(_check(many), _check(few), _peer(peer, many)) for _round in range(ROUNDS)]
    large, small = median([each[0] for each in runs]), median([each[1] for each in runs])
    ours = (large.seconds - small.seconds) / (FILES - FEW) * 1000
    theirs = sorted(each[2] for each in runs)[ROUNDS // 2] / FILES
    print(f"{FILES} definitions of {kilobytes:.1f} KB, errors and all")
    print(f"keyflow check    {ours:6.2f} ms a file, {large.megabytes:.0f} MB ({small.megabytes:.0f} MB for {FEW})")
    print(f"asl-validator    {theirs:6.2f} ms a file, {theirs / ours:.0f} times as long")
    holds = theirs >= 20 * ours and large.megabytes <= small.megabytes * 1.2
    print("the claim holds" if holds else "the claim does NOT hold")
    sys.exit(0 if holds else 1)


def _write(folder: Path, number: int) -> int:
    """Writes so many definitions; gives their size in bytes."""
    folder.mkdir()
    own = [file.read_text() for file in sorted((ROOT / "build").glob("*.asl.json"))]
    texts: list[str] = []

    @seed(1)
    @settings(max_examples=number, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(definitions())
    def collect(drawn: tuple[object, object]) -> None:
        texts.append(json.dumps(drawn[0], indent=2))

    collect()
    for index in range(number):
        text = own[index // 2 % len(own)] if index % 2 else texts[index % len(texts)]
        Path(folder, f"{index:03}.asl.json").write_text(text)
    return sum(file.stat().st_size for file in folder.iterdir())


def _check(folder: Path) -> Run:
    return run([sys.executable, "-m", "keyflow", "check", str(folder)], cwd=ROOT, may_fail=True)


def _peer(modules: Path, folder: Path) -> float:
    command = ["node", str(PEER / "check.js"), str(modules), str(folder)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
