"""How far the engine agrees with what AWS recorded: executions by kind, choices, and single states of TestState.

`-v` names what differs. The recordings lie in `shared/recordings`, beside the repository.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from tests.recordings import choices, single_states
from tests.recordings.executions import ASPECTS, DIFFERENT, compared
from tests.recordings.recorded import MISSING, recordings


def main() -> None:
    """Measures and prints the tables of docs/engine.md; ends with 1 where something differs that is not listed."""
    executions = recordings("executions.jsonl")
    if not executions:
        print(MISSING)
        return
    unlisted = _executions(executions)
    every = recordings("choices.jsonl")
    equal = sum(map(choices.is_equal, every))
    print(f"{'choices':22}{len(every):6}{equal:8}")
    answers = list(single_states.compared(recordings("teststate.jsonl")))
    comparable = [each for each in answers if each.differs is not None]
    alike = sum(not each.differs for each in comparable)
    print(f"{'single states':22}{len(comparable):6}{alike:8}")
    print(f"{'of TestState alone':22}{len(answers) - len(comparable):6}")
    sys.exit(1 if unlisted or equal < len(every) or alike < len(comparable) else 0)


def _executions(executions: list[Mapping[str, Any]]) -> int:
    """Prints the executions by kind; gives the number of those that differ and are not listed."""
    totals: Counter[str] = Counter()
    equal: dict[str, Counter[str]] = defaultdict(Counter)
    unlisted = 0
    for each in executions:
        found = compared(each)
        for kind in (found.name.split("/")[0], "all"):
            totals[kind] += 1
            for aspect in ASPECTS:
                equal[kind][aspect] += aspect not in found.differs
        unlisted += bool(found.differs) and found.name not in DIFFERENT
        if "-v" in sys.argv and found.differs:
            print(found.name, DIFFERENT[found.name].reason if found.name in DIFFERENT else "", sep="  ")
            for aspect, lines in found.differs.items():
                print(*(f"    {aspect}: {line}" for line in lines), sep="\n")
    print(f"{'':22}{'number':>6}", *(f"{aspect:>8}" for aspect in ASPECTS), sep="")
    for kind, total in sorted(totals.items(), key=lambda item: (item[0] == "all", item[0])):
        print(f"{kind:22}{total:6}", *(f"{equal[kind][aspect]:8}" for aspect in ASPECTS), sep="")
    return unlisted


if __name__ == "__main__":
    main()
