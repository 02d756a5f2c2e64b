"""What npm's jsonata answers, and how other libraries' answers compare."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.environments import node_modules

HERE = Path(__file__).parent
MISSING = "node and npm are not installed, whose jsonata is the measure"
Answer = dict[str, Any]


def is_available() -> bool:
    """Whether the reference can be asked."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def answers(cases: Iterable[dict[str, Any]]) -> list[Answer]:
    """The reference's answers, in the order of the cases."""
    module = node_modules(HERE / "package.json") / "jsonata"
    lines = "".join(f"{json.dumps(case)}\n" for case in cases)
    command = ["node", str(HERE / "reference.cjs"), str(module)]
    found = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in found.stdout.splitlines()]


def differs(expected: Answer, found: Answer) -> bool:
    """Whether two answers are not the same: another value, another error, or a value instead of an error."""
    if "error" in expected or "error" in found:
        return ("error" in expected) is not ("error" in found)
    if "nothing" in expected or "nothing" in found:
        return ("nothing" in expected) is not ("nothing" in found)
    return not _same(expected["value"], found["value"])


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(each, right[key]) for key, each in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return float(left) == float(right) or math.isclose(left, right, rel_tol=4e-16)
    return type(left) is type(right) and left == right


_LIMITS = {
    "U1001": "Step Functions bounds the depth at which an expression is evaluated",
    "U1002": "keyflow bounds the steps of an evaluation, in place of Step Functions' seconds",
    "U1003": "Step Functions bounds the memory of an evaluation",
}


def reason(expected: Answer, found: Answer) -> str:
    """Why two answers may differ; empty where they may not."""
    if "$function" in json.dumps(expected):
        return "the reference looks into its own functions as if they were objects"
    return _LIMITS.get(str(found.get("error")), "")


def unexplained(cases: Sequence[dict[str, Any]], expected: Sequence[Answer], found: Sequence[Answer]) -> list[str]:
    """A sentence about each case whose answers differ without a reason."""
    return [
        f"{case['expression']} of {json.dumps(case.get('document'))}: {given}, not {wanted}"
        for case, wanted, given in zip(cases, expected, found, strict=True)
        if differs(wanted, given) and not reason(wanted, given)
    ]
