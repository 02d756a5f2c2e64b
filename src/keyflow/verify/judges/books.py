"""One execution's books: what it has made, changed, sent and deleted, and what of it is left."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from keyflow.aws import resource_of
from keyflow.aws.effects import Effect, effect_of
from keyflow.dataclass import dataclass
from keyflow.dsl.workflow import COMPENSATION_FAILED, COMPLETION_FAILED
from keyflow.engine import Execution
from keyflow.engine.errors import QUERY_EVALUATION, RUNTIME
from keyflow.verify.judges.declared import Declared, names_of_call
from keyflow.verify.judges.findings import Finding, Property
from keyflow.verify.world.faults import Place
from keyflow.verify.world.items import Row
from keyflow.verify.world.own import OWN_NAME, texts_in
from keyflow.verify.world.runner import Entry
from keyflow.verify.world.things import Act, Thing, Things


@dataclass(frozen=True, slots=True)
class Left:
    """Something that an execution leaves, made or changed in a state; `seen` says that its call was answered.

    `handed_on` is the state of a later call that was given its identifiers, and whose effect nobody knows.
    """

    state: str
    label: str
    seen: bool
    handed_on: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Books:
    """One execution's account, with what the definition declares."""

    declared: Declared
    execution: Execution
    log: Sequence[Entry]
    things: Things

    @property
    def made(self) -> list[Thing]:
        """What the execution itself has made, but for what its states make nothing by that counts."""
        return [thing for thing in self.things.things if thing.mine and thing.was_there]

    @property
    def failed(self) -> bool:
        """Whether the execution failed, or ended where only executions end in which something was caught."""
        ends = self.declared.ends
        if self.execution.status != "SUCCEEDED":
            return True
        outermost = (name for name in reversed(self.execution.path) if name in self.declared.outermost)
        return ends is not None and next(outermost, None) not in ends

    @property
    def ended_for_its_data(self) -> bool:
        """Whether Step Functions ended the execution itself though every call was answered as its model says."""
        no_errors = all(entry.error is None and entry.result == entry.made for entry in self.log)
        return no_errors and self.execution.error in (RUNTIME, QUERY_EVALUATION)

    def is_undoing(self, index: int) -> bool:
        """Whether a call undoes something: by what is declared, else whether it comes after a failure."""
        state = self.log[index].call.state
        if self.declared.undoing is not None:
            return state in self.declared.undoing
        return self._after_a_failure(index)

    def _after_a_failure(self, index: int) -> bool:
        """Whether another call has finally failed before: it is not tried again before this one is made."""
        place = self.log[index].place
        return any(at < index < again and self.log[at].place != place for at, again in self._failures)

    @cached_property
    def _failures(self) -> Sequence[tuple[int, float]]:
        """The calls that failed, each with the index at which it is made again."""
        return [
            (at, next((later for later in self._at[entry.place] if later > at), math.inf))
            for at, entry in enumerate(self.log)
            if entry.error is not None
        ]

    @cached_property
    def _at(self) -> Mapping[Place, Sequence[int]]:
        """The indices of the calls of each place."""
        found: dict[Place, list[int]] = {}
        for index, entry in enumerate(self.log):
            found.setdefault(entry.place, []).append(index)
        return found

    def reports(self, index: int) -> bool:
        """Whether a call tells of a failure: it is made where one has struck, or where all ends fail."""
        state = self.log[index].call.state
        if state in (self.declared.undoing or ()):
            return False
        return state in self.declared.reports or (
            state in self.declared.where_it_fails and (self._after_a_failure(index) or self.declared.undoing is None)
        )

    # What is left.

    def left(self) -> Iterator[Left]:
        """What the execution leaves that it has made, changed, sent or deleted."""
        for thing in self.made:
            is_done_otherwise = thing.effect.effect is Effect.STARTS and self._is_taken_back(thing.index)
            if thing.is_left and not is_done_otherwise:
                what = thing.label if thing.is_there else f"what stood there before the {thing.label}"
                yield from self._one(thing.index, what, thing.identifiers)
        for row in self.things.items.rows:
            if row.writers and not row.is_as_before:
                yield from self._row(row)
        for act in self.things.acts:
            if not act.is_gone and not self.is_undoing(act.index) and not self._is_reversed(act):
                yield from self._act(act)
        for index, told in self._told_calls():
            if told:
                call = self.log[index].call
                names = frozenset((OWN_NAME, *texts_in(call.parameters)))
                yield from self._one(index, f"what {call.state!r} did", names)

    def _row(self, row: Row) -> Iterator[Left]:
        forward = [index for index in row.writers if not self.is_undoing(index)]
        if row.original is None and self.is_undoing(row.writers[-1]):
            return  # what undoes it leaves the item, changed as whoever wrote the definition wants it
        if forward and not self.reports(forward[0]):
            state = self.log[forward[0]].call.state
            if row.original is None:
                what = f"item of {state!r}"
            elif row.current is None:
                what = f"what stood there before {state!r} wrote to it"
            else:
                what = f"change by {state!r}"
            yield from self._one(forward[0], what, frozenset(texts_in(row.key)))

    def _act(self, act: Act) -> Iterator[Left]:
        state = act.call.state
        match act.effect.effect:
            case Effect.SENDS if not self.reports(act.index) and not self._is_taken_back(act.index):
                yield from self._one(act.index, f"message of {state!r}", frozenset())
            case Effect.CHANGES:
                yield from self._one(act.index, f"change by {state!r}", act.about)
            case Effect.DELETES if self.declared.undoing is not None:
                yield from self._one(act.index, f"what {state!r} deleted", frozenset())
            case _:
                return

    def _one(self, index: int, label: str, names: frozenset[str]) -> Iterator[Left]:
        state, told = self.log[index].call.state, self._told(self.log[index])
        if told is not None and (not told or self._is_undone_as_told(index, told)):
            return
        if state in self.declared.kept or state in (self.declared.undoing or ()) or self._is_told(index, names):
            return
        yield Left(state, label, self.log[index].error is None, self._handed_on(index, names))

    def _is_reversed(self, act: Act) -> bool:
        """Whether another call has changed the same thing later: nobody can tell more of a change than that."""
        later = (each for each in self.things.acts if each.index > act.index and each.call.state != act.call.state)
        same = (each for each in later if each.integration.model.service is act.integration.model.service)
        return bool(act.about) and any(
            act.about <= each.about or each.about <= act.about for each in same if each.about
        )

    def _is_taken_back(self, index: int) -> bool:
        """Whether what is declared to undo a message, or an execution, was done: another one that calls it off.

        A job that was waited for is over: what it has done, only its author knows, and so whatever is declared counts.
        """
        undoing, call = self.declared.undoing or {}, self.log[index].call
        later = (entry for entry in self.log[index + 1 :] if undoing.get(entry.call.state) == call.state)
        is_over = resource_of(call.resource).pattern.startswith("sync")
        return any(entry.took_effect and (is_over or _calls_off(entry)) for entry in later)

    def _told_calls(self) -> Iterator[tuple[int, Sequence[str]]]:
        """The calls of which only whoever knows them says what undoes them."""
        known = {thing.index for thing in self.things.things}
        for index, entry in enumerate(self.log):
            told = self._told(entry)
            if told is not None and entry.took_effect and index not in known:
                yield index, told

    def _told(self, entry: Entry) -> Sequence[str] | None:
        """What is said to undo a call; None where nothing is said of it."""
        told = self.declared.told
        return next((told[name] for name in _names_of(entry) if name in told), None) if told else None

    def _is_undone_as_told(self, index: int, told: Sequence[str]) -> bool:
        """Whether one of the resources, functions or states was called, and did its work, that undo a call."""
        later = self.log[index + 1 :]
        return any(entry.took_effect and (set(told) & set(_names_of(entry))) for entry in later)

    def _is_told(self, index: int, names: frozenset[str]) -> bool:
        """Whether whoever started the execution, or a queue, learns that it stays."""
        state = self.log[index].call.state
        if self.execution.error == COMPLETION_FAILED:
            return True
        if self.execution.error == COMPENSATION_FAILED and f'"{state}"' in (self.execution.cause or ""):
            return True
        later = range(index + 1, len(self.log))
        sent = (at for at in later if self._sends(self.log[at]) and self.reports(at))
        return any(self._mentions(self.log[at], names) for at in sent)

    def _sends(self, entry: Entry) -> bool:
        integration = resource_of(entry.call.resource).integration
        if integration is None:
            return False
        writes_item = integration.model.service.name == "dynamodb" and integration.operation == "put_item"
        return writes_item or effect_of(integration.model).effect is Effect.SENDS

    def _mentions(self, entry: Entry, names: frozenset[str]) -> bool:
        return any(name in text for text in texts_in(entry.call.parameters) for name in names)

    def _handed_on(self, index: int, names: frozenset[str]) -> str | None:
        """The state of a later call whose effect nobody knows, and which was given the thing's identifiers."""
        for at in range(index + 1, len(self.log)):
            entry = self.log[at]
            integration = resource_of(entry.call.resource).integration
            unknown = integration is None or effect_of(integration.model).effect is Effect.UNKNOWN
            if unknown and entry.took_effect and self._mentions(entry, names) and self._after_a_failure(at):
                return entry.call.state
        return None

    # What belongs to others.

    def touched(self) -> Iterator[Finding]:
        """P2: what this execution deletes or changes though it is somebody else's, or not there any more."""
        for thing in self.things.things:
            if not thing.mine and thing.deleted_by:
                yield _touched(self.log[thing.deleted_by[0]].call.state, f"the {thing.label}", thing.call.state)
            elif thing.shared and thing.deleted_by and self.is_undoing(thing.deleted_by[0]):
                yield _shared(self.log[thing.deleted_by[0]].call.state, thing)
            yield from self._again(thing)
        for row in self.things.items.rows:
            is_declared = self.declared.undoing is not None
            is_meant = row.missed if is_declared else row.missed and row.last != "put"
            is_meant = is_meant or (row.current is None and is_declared)
            anothers = row.original is not None and not row.is_as_before and is_meant
            if anothers and row.writers and all(self.is_undoing(index) for index in row.writers):
                yield _touched(self.log[row.writers[-1]].call.state, "an item", None, is_item=True)
        for act in self.things.acts:
            if self._deletes_what_is_not_known(act):
                yield _touched(act.call.state, f"something ({act.effect.noun})", None)

    def _again(self, thing: Thing) -> Iterator[Finding]:
        """What was deleted, and is deleted again in another state."""
        if len(thing.deleted_by) > 1 and thing.mine:
            first, *_others, last = (self.log[index] for index in thing.deleted_by)
            is_own = bool(thing.names) and self.things.own.has([*thing.names])
            if first.error is None and first.call.state != last.call.state and not is_own:
                yield Finding(
                    property=Property.P2,
                    state=last.call.state,
                    mark="twice",
                    message=f"{last.call.state!r} deletes the {thing.label} again",
                    fix="delete it once",
                )

    def _deletes_what_is_not_known(self, act: Act) -> bool:
        """Whether an undoing call deletes something that no call of this execution is about."""
        if (
            act.effect.effect is not Effect.DELETES
            or not self.is_undoing(act.index)
            or self.things.own.has([*act.about])
        ):
            return False
        kinds = any(act.integration.operation in thing.effect.undone_by for thing in self.things.things)
        before = (each for each in self.things.acts if each.index < act.index)
        return not any(map(act.is_about_what, before)) and (kinds or self.declared.undoing is not None)

    # What is there twice.

    def made_twice(self) -> Iterator[Finding]:
        """P1: a call that was tried again, or made again in a round, has made one more than anyone knows of."""
        for call, _index in self.things.counted_again:
            if call.state not in self.declared.kept and self.declared.told.get(call.state) is None:
                yield _counted_twice(call.state)
        made = [each for each in self.made if each.is_there and each.call.state not in self.declared.kept]
        for thing in made:
            place = self.log[thing.index].place
            later = [at for at in self._at[place] if at > thing.index]
            if not later or thing.call.state in (self.declared.undoing or ()):
                continue
            is_retry = self.log[later[0]].call.attempt > 0
            again = [each for each in self.made if each.index in later]
            if (
                is_retry
                and (again or not thing.names)  # what goes by a name is made once
                and self.log[thing.index].error is not None
                and (again or self.log[later[-1]].error is not None)
            ):
                yield _twice(thing, "is tried again though its answer was lost, and may then be made twice")
            elif again and not is_retry and thing.call.parameters == again[0].call.parameters:
                yield _twice(thing, "is made again in each round")


def _calls_off(entry: Entry) -> bool:
    integration = resource_of(entry.call.resource).integration
    return integration is None or effect_of(integration.model).effect in (Effect.SENDS, Effect.STARTS, Effect.UNKNOWN)


def _names_of(entry: Entry) -> Iterator[str]:
    yield from names_of_call(entry.call.state, entry.call.resource, entry.call.parameters)


_NAME_IT = "name it by the execution's own name, or let it stay"
_ASK_WHOSE = "store who made it, and ask for it: compensate(..., mine={...}); or name it by the execution's own name"


def _touched(state: str, what: str, maker: str | None, *, is_item: bool = False) -> Finding:
    why = f": {maker!r} made nothing, and what is there is not its own" if maker is not None else ""
    return Finding(
        property=Property.P2,
        state=state,
        mark="another's",
        message=f"{state!r} deletes or changes {what} that this execution has not made{why}",
        fix=_ASK_WHOSE if is_item else _NAME_IT,
        left_over=(),
    )


def _shared(state: str, thing: Thing) -> Finding:
    return Finding(
        property=Property.P2,
        state=state,
        mark="shared",
        message=f"{state!r} deletes the {thing.label}, which gives back what is there, whoever made it",
        fix=_NAME_IT,
        left_over=(),
    )


def _twice(thing: Thing, why: str) -> Finding:
    return Finding(
        property=Property.P1,
        state=thing.call.state,
        mark=why,
        message=f"the {thing.label} {why}",
        fix="do not try it again for States.ALL, give it a token or a name of its own, or look it up first",
        left_over=(thing.label,),
    )


def _counted_twice(state: str) -> Finding:
    return Finding(
        property=Property.P1,
        state=state,
        mark="counted twice",
        message=f"{state!r} is tried again though its answer was lost, and then counts twice",
        fix="do not try it again for States.ALL, or let a condition see whether it has counted: an item of its own",
        left_over=(f"change by {state!r}",),
    )
