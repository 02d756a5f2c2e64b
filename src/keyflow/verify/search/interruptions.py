"""What stays of an execution that is aborted, or cut off, between two calls: nothing catches that or undoes anything.

StopExecution does so, and so does the time of the workflow itself where it runs out. It is no violation: no definition
can do anything about it. But whoever stops an execution may want to know.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.dataclass import dataclass
from keyflow.engine import Execution
from keyflow.verify.search.explore import explorer_of
from keyflow.verify.search.scenarios import Scenario
from keyflow.verify.search.trials import Trials, trials_of
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.world.faults import Fault, Kind, plain_error_of


@dataclass(frozen=True, slots=True)
class Interruption:
    """What stays at most where an execution ends right after a call of a state, of all ways that lead there."""

    state: str
    left: tuple[str, ...]


def interruptions(subject: Subject) -> tuple[Interruption, ...]:
    """For each state that calls something, in the order in which they come: what stays after it.

    Every variant is cut off after each of its calls, without a fault, and with each call refused, so that the calls
    that undo are cut off, too.
    """
    trials = trials_of(subject)
    found: dict[str, tuple[str, ...]] = {}
    for scenario in _scenarios(trials):
        calls = len(trials.run(scenario).log)
        for number in range(1, calls + 1):
            state, left = _cut(trials, scenario, number)
            found[state] = max(found.get(state, ()), left, key=len)
    return tuple(Interruption(state, left) for state, left in found.items())


def _scenarios(trials: Trials) -> Iterator[Scenario]:
    for variant in explorer_of(trials).variants:
        plain = Scenario(variant)
        yield plain
        for place, resource in trials.run(plain).places():
            yield Scenario(variant, (Fault(place, Kind.REFUSED, plain_error_of(resource)),))


def _cut(trials: Trials, scenario: Scenario, calls: int) -> tuple[str, tuple[str, ...]]:
    """The state of the last call, and what stays after it."""
    log, things = trials.cut(scenario, calls)
    path = tuple(entry.call.state for entry in log)
    aborted = Execution("ABORTED", None, None, None, (), (), 0, (), path)
    return path[-1], tuple(dict.fromkeys(trials.subject.judge.left(aborted, log, things)))
