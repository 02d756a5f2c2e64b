"""How far the engine agrees with what AWS recorded: executions, choices and single states, by kind."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict

from tests.recordings.executions import ASPECTS, compared
from tests.recordings.recorded import MISSING, recordings


def main() -> None:
    """Measures and prints the tables of docs/engine.md."""
    executions = recordings("executions.jsonl")
    if not executions:
        sys.exit(MISSING)
    totals: Counter[str] = Counter()
    equal: dict[str, Counter[str]] = defaultdict(Counter)
    for each in executions:
        kind = each["name"].split("/")[0]
        totals[kind] += 1
        found = compared(each)
        for aspect in ASPECTS:
            equal[kind][aspect] += aspect not in found.differs
        if "-v" in sys.argv and found.differs:
            print(found.name)
            for aspect, lines in found.differs.items():
                print(*(f"    {aspect}: {line}" for line in lines), sep="\n")
    print(f"{'':22}{'all':>6}", *(f"{aspect:>8}" for aspect in ASPECTS))
    for kind, total in sorted(totals.items()):
        print(f"{kind:22}{total:6}", *(f"{equal[kind][aspect]:8}" for aspect in ASPECTS))


if __name__ == "__main__":
    main()
