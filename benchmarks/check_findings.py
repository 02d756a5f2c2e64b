"""Claim: `keyflow check` finds each mistake that the peer finds, and more; and rejects nothing that is right.

The definitions are those of keyflow's own tests, each wrong in one way. The peer is asl-validator (npm), with its check
of ARNs off, which knows Lambda's only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.check.test_findings import RIGHT, WRONG
from tests.environments import node_modules

from benchmarks.check_speed import PEER
from keyflow.check import check_text


def main() -> None:
    """Compares and prints; ends with 1 where the claim does not hold."""
    wrong = {name: document for name, (document, _code) in WRONG.items() if isinstance(document, dict)}
    theirs, theirs_right = _peer(wrong), _peer(RIGHT)
    ours = {name for name, document in wrong.items() if _findings(document)}
    rejected = {name for name, document in RIGHT.items() if _errors(document)}
    print(f"{len(wrong)} definitions that are wrong in one way each, {len(RIGHT)} unusual ones that are right")
    print(f"keyflow check    finds {len(ours)}, rejects {len(rejected)}")
    print(f"asl-validator    finds {len(theirs)}, rejects {len(theirs_right)}")
    missed = sorted({*(wrong.keys() - ours), *(theirs - ours), *rejected})
    print("the claim holds" if not missed else f"the claim does NOT hold: {', '.join(missed)}")
    sys.exit(1 if missed else 0)


def _findings(document: Any) -> bool:
    return bool(check_text("x.json", json.dumps(document)))


def _errors(document: Any) -> bool:
    found = check_text("x.json", json.dumps(document))
    return any(each.severity.value == "error" and "'${N}'" not in each.message for each in found)


def _peer(documents: Mapping[str, Any]) -> set[str]:
    """The definitions that the peer rejects."""
    modules = node_modules(PEER / "package.json")
    command = ["node", str(PEER / "reject.js"), str(modules)]
    done = subprocess.run(command, input=json.dumps(documents), check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout))


if __name__ == "__main__":
    main()
