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

PIECE = 50
"""Mutants of one example that a process tries before it takes others."""

Found = Counter[tuple[str, Fate]]


def main() -> None:
    """Tries and prints; ends with 1 where the claim does not hold."""
    arguments = sys.argv[1:]
    share = int(arguments.pop(arguments.index("--share") + 1)) if "--share" in arguments else 1
    names = [each for each in arguments if each != "--share"] or _examples()
    pieces = [(name, piece) for name in names for piece in _pieces(name, share)]
    found, survivors, number = dict.fromkeys(names, Found()), list[str](), sum(len(piece) for _name, piece in pieces)
    with ProcessPoolExecutor(2) as pool:
        came_to = pool.map(_tried, *zip(*pieces, strict=True))
        for (name, _piece), (fates, left) in zip(pieces, came_to, strict=True):
            found[name] = found[name] + fates
            survivors += [f"{name}: {label}" for label in left]
            tried = sum(each.total() for each in found.values())
            print(f"\r{tried:,} of {number:,} tried, {len(survivors)} survive", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for name in names:
        print(f"{name:32} {_told(Counter({each: _sum(found[name], each) for each in Fate}))}")
    total = sum(found.values(), Found())
    for kind in KINDS:
        print(f"{kind:32} {_told(Counter({each: total[kind, each] for each in Fate}))}")
    print(f"all: {total.total():,}, of which {len(survivors)} survive", *survivors, sep="\n    ")
    sys.exit(1 if survivors else 0)


def _examples() -> list[str]:
    workflows = load_definitions(find_project(ROOT)).workflows
    plain = [name for name, workflow in workflows.items() if isinstance(workflow, Workflow)]
    return [f"{name}{language}" for language in ("", " in JSONata") for name in plain]


def _pieces(name: str, share: int) -> list[range]:
    """The numbers of the mutants that are tried, in pieces for one process after the other."""
    chosen = range(0, len(all_mutants(name)), share)
    return [chosen[begin : begin + PIECE] for begin in range(0, len(chosen), PIECE)]


def _tried(name: str, numbers: range) -> tuple[Found, list[str]]:
    found, survivors, mutants = Found(), [], all_mutants(name)
    for mutant in (mutants[number] for number in numbers):
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
