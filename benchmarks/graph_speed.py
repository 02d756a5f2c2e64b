"""Claim: three hundred states are laid out in less than four times what `keyflow check` takes for their file.

Both run in this process, warm. On the machine of docs/benchmarks.md that is less than 100 ms. Three shapes are drawn:
one long way with one undoing, ways with groups and loops as people write them, and five of keyflow's own definitions
side by side.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from keyflow.check import check_text
from keyflow.render import graph
from keyflow.render.layout import layout

ROOT = Path(__file__).parents[1]
STATES, ROUNDS = 300, 15
MOST_TIMES = 4
INVOKE = "arn:aws:states:::lambda:invoke"


def main() -> None:
    """Measures and prints; ends with 1 where the claim does not hold."""
    holds = True
    for name, definition in (("one way", one_way()), ("by hand", by_hand()), ("built", built())):
        drawn, text = graph(definition), json.dumps(definition, indent=2)
        laid_out = milliseconds(lambda drawn=drawn: layout(drawn))  # type: ignore[misc]
        checked = milliseconds(lambda text=text: check_text("a.asl.json", text))  # type: ignore[misc]
        times = laid_out / checked
        print(
            f"{name:8} {len(drawn.nodes)} states: {laid_out:5.1f} ms, check {checked:5.1f} ms, {times:.1f} times that"
        )
        holds = holds and times < MOST_TIMES
    print("the claim holds" if holds else "the claim does NOT hold")
    sys.exit(0 if holds else 1)


def milliseconds(function: Callable[[], object]) -> float:
    """The least time of some calls."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        function()
        found.append(time.perf_counter() - began)
    return min(found) * 1000


def one_way() -> dict[str, Any]:
    """Tasks that catch all errors, and every seventh state a choice that goes on a little further."""
    names = [f"Step {number}" for number in range(STATES - 3)]
    states: dict[str, Any] = {}
    for number, (name, following) in enumerate(zip(names, [*names[1:], "Done"], strict=True)):
        if number % 7 == 3:
            targets = [names[min(number + each, len(names) - 1)] for each in (2, 3)]
            rules = [{"Variable": "$.a", "NumericEquals": each, "Next": target} for each, target in enumerate(targets)]
            states[name] = {"Type": "Choice", "Choices": rules, "Default": following}
        else:
            catch = [{"ErrorEquals": ["States.ALL"], "Next": "Undo" if number % 3 else "Failed"}]
            states[name] = {"Type": "Task", "Resource": INVOKE, "Catch": catch, "Next": following}
    states["Undo"] = {"Type": "Task", "Resource": INVOKE, "Next": "Failed"}
    return {"StartAt": names[0], "States": {**states, "Failed": {"Type": "Fail"}, "Done": {"Type": "Succeed"}}}


def by_hand() -> dict[str, Any]:
    """Five claims one after the other."""
    base = json.loads((ROOT / "tests" / "render" / "foreign" / "settle-claim.asl.json").read_text())
    parts = [renamed(base, number) for number in range(5)]
    states = {name: state for part in parts for name, state in part["States"].items()}
    for number, part in enumerate(parts[1:]):
        states[f"Paid {number}"] = {"Type": "Pass", "Next": part["StartAt"]}
    return {"StartAt": parts[0]["StartAt"], "States": states}


def built() -> dict[str, Any]:
    """Five registrations side by side."""
    base = json.loads((ROOT / "build" / "AddApiKey.asl.json").read_text())
    branches = [renamed(base, number) for number in range(5)]
    return {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": branches, "End": True}}}


def renamed(definition: dict[str, Any], number: int) -> dict[str, Any]:
    """A definition whose states have a number after their names."""
    text = json.dumps(definition)
    for name in sorted(set(names_in(definition)), key=len, reverse=True):
        text = text.replace(json.dumps(name), json.dumps(f"{name} {number}"))
    made: dict[str, Any] = json.loads(text)
    return made


def names_in(scope: dict[str, Any]) -> Iterator[str]:
    """The names of all states."""
    for name, state in scope["States"].items():
        yield name
        inner = [*state.get("Branches", []), *(state[key] for key in ("Iterator", "ItemProcessor") if key in state)]
        for each in inner:
            yield from names_in(each)


if __name__ == "__main__":
    main()
