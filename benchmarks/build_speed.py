"""Claim: `keyflow build` of all definitions, cold, takes a tenth of the CDK's time, and at most 100 MB.

The CDK for Python synthesises one of their twelve workflows, without its compensations, in an environment that is made
once in the user's cache folder. It wants Node on the PATH. The two take turns, so that both meet the same machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.environments import cached_environment

from benchmarks.measure import Run, median, run, spread

ROOT = Path(__file__).parents[1]
CDK = Path(__file__).parent / "cdk"
ROUNDS = 5


def main() -> None:
    """Measures and prints; ends with 1 where a claim does not hold."""
    cdk_python = _cdk_environment()
    ours: list[Run] = []
    theirs: list[Run] = []
    with tempfile.TemporaryDirectory() as folder:
        keyflow = [sys.executable, "-m", "keyflow", "build", "--out", f"{folder}/build"]
        cdk = [str(cdk_python), str(CDK / "app.py")]
        environment = {"CDK_OUTDIR": f"{folder}/cdk.out", "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}
        for number in range(ROUNDS + 1):
            pair = run(keyflow, cwd=ROOT), run(cdk, cwd=ROOT, environment=environment)
            if number:  # the first round fills the disk's caches
                ours.append(pair[0])
                theirs.append(pair[1])
    ratio = median(theirs).seconds / median(ours).seconds
    print(f"keyflow build, twelve workflows   {spread(ours)}")
    print(f"CDK synth, one without undoing    {spread(theirs)}")
    print(f"ratio of the medians: {ratio:.1f}")
    holds = median(ours).megabytes <= 100 and ratio >= 10
    print("the claim holds" if holds else "the claim does NOT hold")
    sys.exit(0 if holds else 1)


def _cdk_environment() -> Path:
    requirements = CDK / "requirements.txt"

    def install(pip: list[str]) -> None:
        subprocess.run([*pip, "--requirement", str(requirements)], check=True)

    return cached_environment("cdk", [requirements], install)


if __name__ == "__main__":
    main()
