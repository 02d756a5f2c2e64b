"""Claim: no broken definition of a worked example passes for sound, in either query language.

Every way to break a compiled state is tried (`tests.verify.mutants`). Each mutant is found where its state is entered,
or by the whole proof, or does the same as the sound definition in scenarios of which many no proof chooses.

`python -m benchmarks.mutants [--share N] [NAME]...` tries one of N, all by default.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.verify.mutation import Fate, all_mutants, fate

from keyflow.dsl.workflow import Workflow
from keyflow.loading import load_definitions
from keyflow.project import find_project

ROOT = Path(__file__).parents[1]
KINDS = {
    "compensation": r"compensation|timeout",
    "call": r"call|parameter|argument",
    "catcher": r"catcher",
    "retrier": r"retrier",
    "choice": r"rule|default",
    "data": r"result|output",
    "error": r"error",
}
"""Kinds of mutants, by words of their labels; the first that fits."""

Found = Counter[tuple[str, Fate]]


def main() -> None:
    """Tries and prints; ends with 1 where the claim does not hold."""
    arguments = sys.argv[1:]
    share = int(arguments.pop(arguments.index("--share") + 1)) if "--share" in arguments else 1
    names = [each for each in arguments if each != "--share"] or _examples()
    total, survivors = Found(), list[str]()
    with ProcessPoolExecutor(2) as pool:
        for name, (found, left) in zip(names, pool.map(_tried, names, [share] * len(names)), strict=True):
            total += found
            survivors += [f"{name}: {label}" for label in left]
            print(f"{name:32} {_told(Counter({each: _sum(found, each) for each in Fate}))}", flush=True)
    for kind in KINDS:
        print(f"{kind:32} {_told(Counter({each: total[kind, each] for each in Fate}))}")
    print(f"all: {total.total():,}, of which {len(survivors)} survive", *survivors, sep="\n    ")
    sys.exit(1 if survivors else 0)


def _examples() -> list[str]:
    workflows = load_definitions(find_project(ROOT)).workflows
    plain = [name for name, workflow in workflows.items() if isinstance(workflow, Workflow)]
    return [f"{name}{language}" for language in ("", " in JSONata") for name in plain]


def _tried(name: str, share: int) -> tuple[Found, list[str]]:
    found, survivors = Found(), []
    for mutant in all_mutants(name)[::share]:
        came_to = fate(name, mutant)
        found[_kind(mutant.label.partition(": ")[2]), came_to] += 1
        survivors += [mutant.label] if came_to is Fate.SURVIVES else []
    return found, survivors


def _kind(label: str) -> str:
    return next((kind for kind, words in KINDS.items() if re.search(words, label)), "error")


def _sum(found: Found, wanted: Fate) -> int:
    return sum(number for (_kind, each), number in found.items() if each is wanted)


def _told(fates: Counter[Fate]) -> str:
    return f"{fates.total():6,} " + ", ".join(f"{fates[each]:,} {each.value}" for each in Fate if fates[each])


if __name__ == "__main__":
    main()
