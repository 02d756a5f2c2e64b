"""Random definitions whose states lead anywhere: loops, jumps into other ways, shared handlers, dead ends."""

from __future__ import annotations

from random import Random
from typing import Any

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:f"


class RandomGraph:
    """One random definition; the same randomness gives the same one."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._count = 0
        self.definition = self._scope(0, self._random.randint(1, 12))

    def _scope(self, depth: int, size: int) -> dict[str, Any]:
        names = [f"S{self._count + index + 1}" for index in range(size)]
        self._count += size
        states = {name: self._state(names, index, depth) for index, name in enumerate(names)}
        return {"StartAt": names[0], "States": states}

    def _state(self, names: list[str], index: int, depth: int) -> dict[str, Any]:
        random = self._random

        def target() -> str:
            goes_on = random.random() < 0.6 and index + 1 < len(names)
            return names[index + 1] if goes_on else random.choice(names)

        kinds = ["Pass", "Task", "Choice", "Choice", "Wait", "Fail", "Succeed"]
        match random.choice(kinds + ["Parallel", "Map"] * (depth < 2)):
            case "Fail":
                return {"Type": "Fail", "Error": "X"}
            case "Succeed":
                return {"Type": "Succeed"}
            case "Choice":
                rules = [
                    {"Variable": "$.a", "NumericEquals": number, "Next": target()}
                    for number in range(random.randint(1, 3))
                ]
                default = {"Default": target()} if random.random() < 0.7 else {}
                return {"Type": "Choice", "Choices": rules, **default}
            case kind:
                state: dict[str, Any] = {"Type": kind, **self._inside(kind, depth)}
                if kind in ("Task", "Parallel", "Map") and random.random() < 0.5:
                    errors = range(random.randint(1, 2))
                    state["Catch"] = [{"ErrorEquals": [f"E{number}"], "Next": target()} for number in errors]
                return {**state, **({"End": True} if random.random() < 0.25 else {"Next": target()})}

    def _inside(self, kind: str, depth: int) -> dict[str, Any]:
        random = self._random
        match kind:
            case "Wait":
                return {"Seconds": 1}
            case "Task":
                return {"Resource": FUNCTION}
            case "Parallel":
                return {"Branches": [self._scope(depth + 1, random.randint(1, 3)) for _ in range(random.randint(1, 2))]}
            case "Map":
                return {"ItemProcessor": self._scope(depth + 1, random.randint(1, 3))}
            case _:
                return {}
