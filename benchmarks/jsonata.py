"""Claim: JSONata is that of npm's jsonata 2.0.6, on its suite and on 100,000 random expressions.

`-v` names what differs. An expression that ends in another value or in an error instead of one differs; the codes of
errors are counted beside.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.environments import cached_environment
from tests.jsonata_language.engine import answer
from tests.jsonata_language.expressions import SEED, Case, cases
from tests.jsonata_language.reference import MISSING, Answer, answers, differs, is_available, reason
from tests.jsonata_language.suite import suite

HERE = Path(__file__).parent / "jsonata_libraries"
LIBRARIES = ("jsonata-python", "jlens", "jsonata2py", "jsonatapy")
COUNT, COUNT_OF_OTHERS = 100_000, 10_000


def main() -> None:
    """Measures and prints; ends with 1 where something differs that is not explained."""
    if not is_available():
        print(MISSING)
        return
    written, drawn = suite(), list(cases(COUNT))
    unexplained = 0
    for title, some in (("the suite of the reference", written), (f"random, seed {SEED}", drawn)):
        expected = answers(some)
        print(f"{title}: {len(some):,} expressions")
        began = time.process_time()
        found = [answer(case) for case in some]
        _print("keyflow", some, expected, found, time.process_time() - began)
        unexplained += _explain(some, expected, found)
        for library in LIBRARIES:
            few = some[:COUNT_OF_OTHERS]
            theirs, seconds = _answers_of(library, few)
            _print(library, few, [_without_nothing(each) for each in expected[: len(few)]], theirs, seconds)
    print("the claim holds" if not unexplained else "the claim does NOT hold")
    sys.exit(1 if unexplained else 0)


def _print(
    name: str, some: Sequence[Case], expected: Sequence[Answer], found: Sequence[Answer], seconds: float
) -> None:
    equal = sum(not differs(wanted, given) for wanted, given in zip(expected, found, strict=True))
    share = f"{equal / len(some):8.3%}"
    print(f"    {name:16}{equal:8,} of {len(some):7,} agree {share}   {seconds / len(some) * 1e6:8.0f} us each")


def _explain(some: Sequence[Case], expected: Sequence[Answer], found: Sequence[Answer]) -> int:
    """Prints what differs, by its reason; gives how many have none."""
    reasons: dict[str, int] = {}
    for case, wanted, given in zip(some, expected, found, strict=True):
        if differs(wanted, given):
            why = reason(wanted, given)
            reasons[why] = reasons.get(why, 0) + 1
            if "-v" in sys.argv or not why:
                print(f"        {case['expression']}: {given}, not {wanted}")
    for why, count in reasons.items():
        print(f"        {count}: {why or 'NO REASON'}")
    return reasons.get("", 0)


def _answers_of(library: str, some: Sequence[Case]) -> tuple[list[Answer], float]:
    """A library's answers, and its seconds; where its process ends before, the rest has none."""
    requirements = HERE / "requirements.txt"
    python = cached_environment(
        "jsonata-libraries",
        [requirements],
        lambda pip: subprocess.run([*pip, "--requirement", str(requirements)], check=True),
    )
    found: list[Answer] = []
    seconds = 0.0
    while len(found) < len(some):
        rest = "".join(f"{json.dumps(case)}\n" for case in some[len(found) :])
        command = [str(python), str(HERE / "answers.py"), library]
        ended = subprocess.run(command, input=rest, capture_output=True, text=True, check=False)
        lines = ended.stdout.splitlines()
        if ended.returncode == 0:
            seconds += float(lines.pop())
        found += map(json.loads, lines)
        if ended.returncode:
            found.append({"error": f"the process ended with {ended.returncode}"})
    return found, seconds


def _without_nothing(expected: Answer) -> Answer:
    return {"value": None} if "nothing" in expected else expected


if __name__ == "__main__":
    main()
