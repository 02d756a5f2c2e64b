"""A world in which chosen things go wrong: it answers an execution's calls, and writes down what they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine import Failure, Outcome, Success, TaskCall
from keyflow.engine.errors import TIMEOUT, FieldError
from keyflow.engine.intrinsics import Randomness
from keyflow.engine.limits import Limits
from keyflow.verify.world.faults import PAGES, Fault, Kind, Place, gone_errors_of
from keyflow.verify.world.results import sample_result
from keyflow.verify.world.things import Things

NEVER = 1e9
"""Seconds after which a call answers that hangs."""

ResultOf = Callable[[TaskCall, int], JSON]
"""The result that a call gives where nothing goes wrong, after so many rounds in which it is over what did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One attempt: the call, the error that the execution sees or None, the result, and whether it took effect.

    `made` is the result that the service itself has, though the execution may never have seen it.
    """

    call: TaskCall
    error: str | None
    result: JSON
    took_effect: bool
    made: JSON

    @property
    def place(self) -> Place:
        """The task."""
        return (self.call.state, self.call.iteration)


@dataclass(frozen=True, slots=True)
class Finder:
    """A task that looks up what another may have made: it lists one that is not meant, and then what was made.

    `member` is the list in its result, or None where the result is the thing itself; `more` is the member that is there
    where the list goes on on another page.
    """

    task: str
    member: str | None
    more: str | None = None


class Slowest(Randomness):
    """Chance at its worst: every jittered wait takes as long as it can."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)

    def fraction(self) -> float:
        return 1.0


class World:
    """A runner. Every call takes as long as its timeout allows, so that each execution is the slowest of its kind.

    Args:
        faults: What goes wrong.
        result_of: The results of calls with which nothing does.
        things: What is known of the world before.
        finders: The tasks that look things up, by their states.
        rounds: How often a task is entered before its fault is over; None where it never is.
    """

    def __init__(
        self,
        faults: Iterable[Fault],
        result_of: ResultOf,
        things: Things,
        finders: Mapping[str, Finder] | None = None,
        rounds: int | None = None,
    ) -> None:
        self._rounds = rounds
        self._entered: Counter[Place] = Counter()
        self._finders = finders or {}
        self._faults: Mapping[Place, Fault] = {fault.place: fault for fault in faults}
        self._result_of = result_of
        self.things = things
        self.log: list[Entry] = []
        self.struck: dict[Place, int] = {}
        """The last attempt of each task that its fault made end in another way than it would have."""

    def call(self, call: TaskCall) -> Outcome:
        limit, too_late = Limits(call.timeout, call.heartbeat).first()
        seconds = limit or 0.0
        place = (call.state, call.iteration)
        fault = self._striking(place, call)
        if fault is not None and fault.kind is Kind.REFUSED:
            self._strikes(place, call)
            return self._refuse(call, fault.error, seconds, by_chance=True)
        took_effect = fault is None or fault.kind.takes_effect
        refusal = self.things.refusal(call) if took_effect else None
        if refusal is not None:
            return self._refuse(call, refusal, seconds, by_chance=False)
        if fault is not None:
            self._strikes(place, call)
        made = self.things.answer(call, self._result_of(call, self.rounds_after(place)))
        if call.state in self._finders:
            kind = None if fault is None else fault.kind
            made = self._found(made, self._finders[call.state], call.iteration, kind)
        else:
            made = self._listed(made, call)
        if took_effect:
            self.things.took_effect(call, made, len(self.log))
        if fault is None or fault.kind.is_answered:
            result = made if fault is None else fault.of(made)
            self.log.append(Entry(call=call, error=None, result=result, took_effect=took_effect, made=made))
            return Success(result, seconds)
        error = too_late if fault.kind.hangs else fault.error
        if not took_effect:
            self.things.took_none(call, error, len(self.log), by_chance=True)
        self.log.append(Entry(call=call, error=error, result=None, took_effect=took_effect, made=made))
        if fault.kind is Kind.TOO_LARGE:
            raise FieldError(fault.error)  # an error of the state, which `States.ALL` does not cover
        return Success(None, NEVER) if fault.kind.hangs else Failure(fault.error, INTERNAL_CAUSE, seconds)

    def _strikes(self, place: Place, call: TaskCall) -> None:
        self.struck[place] = max(call.attempt, self.struck.get(place, 0))

    def _striking(self, place: Place, call: TaskCall) -> Fault | None:
        """What goes wrong with an attempt."""
        if call.attempt == 0:
            self._entered[place] += 1
        if self.is_over(place):
            self.things.released(call)
            return None
        fault = self._faults.get(place)
        return None if fault is None else fault.at(call.attempt)

    def is_over(self, place: Place) -> bool:
        """Whether what is special about a task has had its rounds."""
        return self.rounds_after(place) > 0

    def rounds_after(self, place: Place) -> int:
        """How often a task was entered when what is special about it had had its rounds."""
        return 0 if self._rounds is None else max(0, self._entered[place] - self._rounds)

    def _found(self, sample: JSON, finder: Finder, iteration: tuple[int, ...], kind: Kind | None) -> JSON:
        """What a lookup finds: what another has made under the same name, and then what the task has made.

        With `LISTS_OWN`, there is nothing of another. What the task has made may be on another page: the first one has
        the other's, or nothing.
        """
        tried = [entry for entry in self.log if entry.place == (finder.task, iteration)]
        made = [entry for entry in tried if entry.took_effect]
        if finder.member is None:
            return {**sample, **made[-1].made} if made else {}
        if not isinstance(sample, dict) or not sample.get(finder.member):  # another call than the lookup's own
            return sample
        other = sample[finder.member][0]
        is_alone = kind in (Kind.LISTS_OWN, Kind.EMPTY_PAGE)
        namesakes = [] if is_alone else [self._namesake(other, entry) for entry in tried[-1:]]
        if kind in PAGES:
            return {**sample, finder.member: namesakes}
        page = {name: value for name, value in sample.items() if name != finder.more}
        return {**page, finder.member: [*namesakes, *(described(other, entry) for entry in made)]}

    def _listed(self, sample: JSON, call: TaskCall) -> JSON:
        """What a call lists that looks for things as this execution has made: another's, and then its own."""
        listed = self.things.listed_by(call)
        if listed is None or not isinstance(sample, dict):
            return sample
        others = sample.get(listed.member) or []
        form = next(iter(others or sample_result(call.resource, call.state)[listed.member]), None)
        if not isinstance(form, dict):
            return sample
        entries = [self.log[index] for index in listed.indices]
        namesakes = [self._namesake(form, entries[-1])] if others else []
        return {**sample, listed.member: [*namesakes, *(described(form, entry) for entry in entries)]}

    def _namesake(self, sample: JSON, entry: Entry) -> JSON:
        """What a service lists of something that another execution has made with a call like this one."""
        given = {key: value for key, value in entry.call.parameters.items() if key in sample}
        return {**sample, **self.things.own.of_another(given)}

    def _refuse(self, call: TaskCall, error: str, seconds: float, *, by_chance: bool) -> Outcome:
        self.things.took_none(call, error, len(self.log), by_chance=by_chance)
        finder = self._finders.get(call.state)
        if finder is not None and error in gone_errors_of(call.resource):
            self.things.not_found(finder.task, call.iteration, len(self.log))
        self.log.append(Entry(call=call, error=error, result=None, took_effect=False, made=None))
        if error == TIMEOUT:
            return Success(None, NEVER)
        return Failure(error, INTERNAL_CAUSE, seconds)


INTERNAL_CAUSE = "internal: account 123456789012, role/secret"
"""A cause that no caller may see."""
INTERNAL_MARK = "123456789012"


def described(sample: JSON, entry: Entry) -> JSON:
    """What a service lists of something that a call has made: its result, and what it was made with."""
    return described_by(sample, entry.made, entry.call.parameters)


def described_by(sample: JSON, made: JSON, parameters: JSON) -> JSON:
    """As `described`, of what a call with these parameters made."""
    known = {**made, **{key: value for key, value in parameters.items() if key in sample}}
    return {**sample, **{key: value for key, value in known.items() if key in sample}}
