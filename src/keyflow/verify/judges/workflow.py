"""What an execution did, held against its definition: the steps, the compensations, their order, the end (P0 to P3)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.dsl.blocks import Block
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Fail, FailIf, RawState, Repeat
from keyflow.dsl.tasks import COMPENSATION_RETRY, Compensation, Lookup, Task
from keyflow.dsl.workflow import COMPENSATION_FAILED, UNHANDLED_ERROR, Workflow
from keyflow.engine import Execution
from keyflow.engine.context import EXECUTION_NAME, context_object
from keyflow.engine.errors import QUERY_EVALUATION, RUNTIME
from keyflow.engine.history import timestamp
from keyflow.verify.judges.dependencies import all_needed_by, needs_result
from keyflow.verify.judges.expected import Expected, Occurrence, attempts_due, expected, visits
from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.judges.known import Known, agrees, value_of
from keyflow.verify.world.faults import Place
from keyflow.verify.world.runner import Entry, described


@dataclass(kw_only=True, slots=True)
class Obligation:
    """A compensation that is owed, or allowed, in one execution, and the attempts that were made of it.

    One that is `settled` is owed by a failed iteration itself, whatever becomes of the workflow.
    """

    task: Task
    compensation: Compensation
    parameters: Any
    required: bool
    iteration: tuple[int, ...] = ()
    settled: bool = False
    attempts: list[tuple[int, Entry]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether it has done its work, or found it done."""
        return any(self._ends(entry) for _index, entry in self.attempts)

    @property
    def repeated(self) -> bool:
        """Whether it was tried again when it was done."""
        return any(self._ends(entry) for _index, entry in self.attempts[:-1])

    @property
    def due(self) -> int:
        """How many attempts it should have got."""
        errors = [entry.error for _index, entry in self.attempts if entry.error is not None]
        call = self.compensation.call
        return attempts_due(
            (self.compensation.retry,), lambda retry: [call.error_name(error) for error in retry.errors], errors
        )

    def _ends(self, entry: Entry) -> bool:
        return entry.error is None or entry.error in self.compensation.gone_errors


class Saga:
    """The measure that a definition is: it judges executions of what was compiled from it."""

    def __init__(self, workflow: Workflow, block: Block, repeats: Mapping[str, str]) -> None:
        self._workflow = workflow
        self._block = block
        self._repeats = repeats
        self._tasks = {task.name: task for task in workflow.tasks()}
        self._raw = frozenset(name for step in workflow.steps() if isinstance(step, RawState) for name in _names(step))
        self._maps = frozenset(step.name for step in workflow.steps() if isinstance(step, Map))
        has_children = any(isinstance(step, Map) and step.distributed is not None for step in workflow.steps())
        self._survives_missing = has_children or workflow.query_language == "JSONata"
        self._lookups = {task.lookup.name: task for task in self._tasks.values() if task.lookup is not None}
        self._needed = {task: all_needed_by(task) for task in self._tasks.values()}

    @property
    def undoing(self) -> frozenset[str]:
        """The resources that compensations call."""
        return frozenset(
            each.call.resource for task in self._tasks.values() for each in task.compensations
        ) - frozenset(task.call.resource for task in self._tasks.values())

    def error_lists(self, state: str) -> Sequence[Sequence[str]]:
        """The names of errors by which it judges how a state's call ended."""
        return (*self._declared, *self._lists.get(self._repeats.get(state, state), ()))

    @cached_property
    def _declared(self) -> Sequence[Sequence[str]]:
        return [[error] for error in (*_declared_by(self._workflow), UNHANDLED_ERROR, COMPENSATION_FAILED)]

    @cached_property
    def _lists(self) -> Mapping[str, Sequence[Sequence[str]]]:
        """The lists of handlers and retries, and of what counts as undone, by state."""
        found: dict[str, list[Sequence[str]]] = {}
        for task in self._tasks.values():
            retries = [[task.call.error_name(each) for each in retry.errors] for retry in task.retry]
            found[task.name] = [*(handler.errors for handler in task.handlers), *retries]
            for undo in task.compensations:
                found[undo.name] = [[undo.call.error_name(each) for each in undo.retry.errors], undo.gone_errors]
            if task.lookup is not None:
                found[task.lookup.name] = [task.lookup.call.gone_errors]
        return found

    def findings(
        self, data: JSON, malformed: Sequence[str], execution: Execution, log: Sequence[Entry]
    ) -> Iterator[Finding]:
        """What an execution on this input violates; `malformed` are the tasks whose results lacked what is read."""
        log = [self._by_first_name(entry) for entry in log]
        by_place: dict[Place, list[Entry]] = {}
        for entry in log:
            by_place.setdefault(entry.place, []).append(entry)
        context = context_object(self._workflow.name, EXECUTION_NAME, data, timestamp(0))
        wanted = expected(self._block, data, context, by_place)
        obligations, unprovable = self._obligations(wanted, by_place)
        stray = self._assign(obligations, log, wanted)
        if execution.error in (RUNTIME, QUERY_EVALUATION):
            yield from self._cut_short(execution, malformed, obligations)
            return
        yield from unprovable
        violated = itertools.chain(
            self._steps(wanted, by_place),
            self._undone(execution, obligations, stray, log),
            self._order(obligations),
            self._end(execution, wanted, obligations, log),
        )
        looked_up = any(each.task.lookup is not None for each in wanted.uncertain)
        if malformed and self._survives_missing:
            # What a call has done whose result lacks what names it, nobody can undo.
            yield from itertools.islice((_malformed(malformed[-1], ()) for _finding in violated), 1)
            return
        for finding in violated:
            yield replace(finding, mend=_LOOKUP) if looked_up and finding.mend == _REPORT else finding

    def _by_first_name(self, entry: Entry) -> Entry:
        """The entry of a call as that of the state which it repeats."""
        first = self._repeats.get(entry.call.state)
        return entry if first is None else replace(entry, call=replace(entry.call, state=first))

    # What is owed.

    def _obligations(
        self, wanted: Expected, by_place: Mapping[Place, Sequence[Entry]]
    ) -> tuple[list[Obligation], list[Finding]]:
        """The compensations of what was done, and of what may have been (S10); and what cannot be proven.

        Where the workflow succeeds all the same, what may have been done was handled by its author, and stays.
        """
        obligations: list[Obligation] = []
        unprovable: list[Finding] = []
        for each in wanted.completed:
            task, known = each.task, each.known
            settled = each.place in wanted.settled
            if any(entry.took_effect and entry.error is not None for entry in by_place[each.place][:-1]):
                unprovable += _ambiguous(task, "is tried again all the same, and may then be done twice")
            obligations += [
                Obligation(
                    task=task,
                    compensation=undo,
                    parameters=value_of(undo.call.parameters, known),
                    required=True,
                    iteration=each.iteration,
                    settled=settled,
                )
                for undo in task.compensations
            ]
        for each in wanted.uncertain:
            task, known, settled = each.task, each.known, each.place in wanted.settled
            took_effect = any(entry.took_effect for entry in by_place[each.place])
            stays = not wanted.failings and not settled
            for undo in task.compensations:
                if needs_result(undo, task):
                    if task.lookup is not None:
                        obligations += self._found(each, undo, by_place, settled=settled)
                    elif took_effect and not stays:
                        unprovable += _ambiguous(task, "cannot be undone without its result")
                else:
                    parameters = value_of(undo.call.parameters, known)
                    obligations.append(
                        Obligation(
                            task=task,
                            compensation=undo,
                            parameters=parameters,
                            required=took_effect,
                            iteration=each.iteration,
                            settled=settled,
                        )
                    )
            if not task.compensations and took_effect and task.call.creates and not stays:
                unprovable += _ambiguous(task, "has no compensation")
        return obligations, unprovable

    def _found(
        self, each: Occurrence, undo: Compensation, by_place: Mapping[Place, Sequence[Entry]], *, settled: bool
    ) -> Iterator[Obligation]:
        """The compensation of what a lookup has found, if there was something to find and the lookup worked."""
        made = [entry for entry in by_place[each.place] if entry.took_effect]
        task, lookup = each.task, each.task.lookup
        found = by_place.get((lookup.name, each.iteration), ()) if lookup is not None else ()
        if made and lookup is not None and (not found or found[-1].error is None):
            results = {**each.known.results, task: described(_listed(found, lookup), made[-1])}
            seen = replace(each.known, results=results)
            yield Obligation(
                task=task,
                compensation=undo,
                parameters=value_of(undo.call.parameters, seen),
                required=True,
                iteration=each.iteration,
                settled=settled,
            )

    def _assign(self, obligations: Sequence[Obligation], log: Sequence[Entry], wanted: Expected) -> list[Entry]:
        """Gives each undoing attempt to the obligation that it serves; gives those that serve none."""
        stray = []
        for index, entry in enumerate(log):
            state = entry.call.state
            known = state in (*self._tasks, *self._raw, *self._lookups, *self._maps)
            if known or self._is_dead_letter(entry, wanted.known):
                continue
            serving = [
                each
                for each in obligations
                if each.compensation.call.resource == entry.call.resource
                and agrees(each.parameters, entry.call.parameters)
            ]
            named = [each for each in serving if each.compensation.name == entry.call.state]
            here = [each for each in named if each.iteration == entry.call.iteration]
            if serving:
                (here or named or serving)[0].attempts.append((index, entry))
            else:
                stray.append(entry)
        return stray

    def _is_dead_letter(self, entry: Entry, known: Known) -> bool:
        call = self._workflow.dead_letter_call
        if call is None or call.resource != entry.call.resource:
            return False
        return agrees(value_of(call.parameters, known), entry.call.parameters)

    # The properties.

    def _cut_short(
        self, execution: Execution, malformed: Sequence[str], obligations: Sequence[Obligation]
    ) -> Iterator[Finding]:
        """An execution that Step Functions ended itself: no handler has run."""
        left = [each for each in obligations if each.required and not each.done]
        tasks = tuple(dict.fromkeys(each.task.name for each in left))
        if malformed and tasks:
            yield _malformed(malformed[-1], tasks)
        elif not malformed:
            message = f"Step Functions ends the execution itself: {execution.cause}"
            mend = "ask for what may be missing first: fail_if(~value.is_present(), ...)"
            kind = Property.P1 if tasks else Property.P0
            yield Finding(
                property=kind, state=execution.path[-1], mark="runtime", message=message, mend=mend, left_over=tasks
            )

    def _steps(self, wanted: Expected, by_place: Mapping[Place, Sequence[Entry]]) -> Iterator[Finding]:
        """P0: the tasks that ran, with their parameters and attempts, are those of the definition."""
        for task in wanted.absent:
            yield Finding(
                property=Property.P0,
                state=task.name,
                mark="absent",
                message=f"{task.name!r} does not run where it should",
                mend=_REPORT,
            )
        for place, entries in by_place.items():
            name = place[0]
            if name not in self._tasks:
                continue
            for visit, attempts in enumerate(visits(entries)):
                if (place, visit) in wanted.called:
                    yield from _called(self._tasks[name], wanted.called[place, visit], attempts)
                elif not wanted.opaque:
                    yield Finding(
                        property=Property.P0,
                        state=name,
                        mark="extra",
                        message=f"{name!r} runs where it should not",
                        mend=_REPORT,
                    )

    def _undone(
        self, execution: Execution, obligations: Sequence[Obligation], stray: Sequence[Entry], log: Sequence[Entry]
    ) -> Iterator[Finding]:
        """P1 and P2: what was done is undone once, and nothing else is."""
        succeeded = execution.status == "SUCCEEDED"
        for entry in stray:
            text = json.dumps(entry.call.parameters, ensure_ascii=False)
            message = f"{entry.call.state!r} undoes what was not done: it is called with {text}"
            yield Finding(property=Property.P2, state=entry.call.state, mark="stray", message=message, mend=_REPORT)
        for each in obligations:
            name = each.compensation.name
            stays = succeeded and not each.settled
            if stays and each.attempts:
                yield Finding(
                    property=Property.P2,
                    state=name,
                    mark="success",
                    message=f"{name!r} runs though the workflow succeeds",
                    mend=_REPORT,
                )
            elif each.repeated:
                yield Finding(
                    property=Property.P2,
                    state=name,
                    mark="twice",
                    message=f"{name!r} runs again though its work is done",
                    mend=_REPORT,
                )
            elif stays or each.done or not (each.required or each.attempts):
                continue
            elif not each.attempts:
                message = f"{each.task.name!r} is left behind: {name!r} does not run"
                yield Finding(
                    property=Property.P1,
                    state=name,
                    mark="left",
                    message=message,
                    mend=_REPORT,
                    left_over=(each.task.name,),
                )
            elif len(each.attempts) < each.due:
                message = f"{name!r} is given up after {len(each.attempts)} of {each.due} attempts"
                yield Finding(
                    property=Property.P1,
                    state=name,
                    mark="given up",
                    message=message,
                    mend=_REPORT,
                    left_over=(each.task.name,),
                )
            elif len(each.attempts) > each.due:
                message = f"{name!r} is tried {len(each.attempts)} times, not {each.due}"
                yield Finding(property=Property.P0, state=name, mark="attempts", message=message, mend=_REPORT)
        ladder = [index for each in obligations if not each.settled for index, _entry in each.attempts]
        first = min(ladder, default=len(log))
        for entry in log[first:]:
            if entry.call.state in self._tasks:
                message = f"{entry.call.state!r} starts when undoing has begun"
                yield Finding(property=Property.P0, state=entry.call.state, mark="late", message=message, mend=_REPORT)

    def _order(self, obligations: Sequence[Obligation]) -> Iterator[Finding]:
        """P3: dependents first, and the compensations of one task in the order written (S1, S4)."""
        ran = [each for each in obligations if each.attempts]
        for first in ran:
            for second in ran:
                before = (second.task in self._needed[first.task] and not _apart(first, second)) or (
                    first.task is second.task
                    and first.iteration == second.iteration
                    and first.task.compensations.index(first.compensation)
                    < second.task.compensations.index(second.compensation)
                )
                if before and first.attempts[-1][0] > second.attempts[0][0]:
                    names = f"{second.compensation.name!r} runs before {first.compensation.name!r}"
                    yield Finding(
                        property=Property.P3,
                        state=second.compensation.name,
                        mark=first.compensation.name,
                        message=names,
                        mend=_REPORT,
                    )

    def _end(
        self, execution: Execution, wanted: Expected, obligations: Sequence[Obligation], log: Sequence[Entry]
    ) -> Iterator[Finding]:
        """The workflow ends with what it declares; where something is left, it says what (S7, S8)."""
        if execution.status == "TIMED_OUT":
            return  # the time is a property of its own
        if execution.status == "SUCCEEDED":
            if wanted.failings:
                names = " or ".join(failing.error for failing in wanted.failings)
                message = f"the workflow succeeds where it should end with {names}"
                yield Finding(
                    property=Property.P4, state=wanted.failings[0].error, mark="succeeds", message=message, mend=_REPORT
                )
            elif wanted.has_output and not agrees(wanted.output, execution.output):
                message = f"the output is {json.dumps(execution.output, ensure_ascii=False)}"
                yield Finding(
                    property=Property.P0, state=execution.path[-1], mark="output", message=message, mend=_REPORT
                )
            for each in obligations:
                if each.settled and each.attempts and not each.done:
                    name = each.compensation.name
                    message = f"{name} failed, and the workflow succeeds: nobody learns of it"
                    yield Finding(
                        property=Property.P1,
                        state=name,
                        mark="unreported",
                        message=message,
                        mend=_REPORT,
                        left_over=(name,),
                    )
            return
        left = [each for each in obligations if each.attempts and not each.done]
        left += self._failed_lookups(wanted, log)
        if left:
            yield from self._left_over(execution, left, log, wanted)
        elif not wanted.failings and not wanted.opaque:
            message = f"the workflow ends with {execution.error} where it should succeed"
            yield Finding(
                property=Property.P4, state=execution.error or "", mark="fails", message=message, mend=_REPORT
            )
        elif wanted.failings and not any(
            (execution.error, execution.cause) == (failing.error, failing.cause) for failing in wanted.failings
        ):
            names = " or ".join(failing.error for failing in wanted.failings)
            message = f"the workflow ends with {execution.error} ({execution.cause}), not with {names}"
            yield Finding(
                property=Property.P4,
                state=wanted.failings[0].error,
                mark=f"not {execution.error}",
                message=message,
                mend=_REPORT,
            )

    def _failed_lookups(self, wanted: Expected, log: Sequence[Entry]) -> Iterator[Obligation]:
        """Lookups that came to nothing: what they would have found is left, too."""
        for each in wanted.uncertain:
            lookup = each.task.lookup
            if lookup is None:
                continue
            place = (lookup.name, each.iteration)
            entries = [(index, entry) for index, entry in enumerate(log) if entry.place == place]
            if entries and entries[-1][1].error not in (None, *lookup.call.gone_errors):
                parameters = value_of(lookup.call.parameters, each.known)
                undo = Compensation(lookup.name, lookup.call, COMPENSATION_RETRY, None, lookup.location)
                yield Obligation(
                    task=each.task,
                    compensation=undo,
                    parameters=parameters,
                    required=True,
                    iteration=each.iteration,
                    attempts=entries,
                )

    def _left_over(
        self, execution: Execution, left: Sequence[Obligation], log: Sequence[Entry], wanted: Expected
    ) -> Iterator[Finding]:
        names = tuple(each.compensation.name for each in left)
        if execution.error != COMPENSATION_FAILED:
            message = f"{', '.join(names)} failed, and the workflow ends with {execution.error}: nobody learns of it"
            yield Finding(
                property=Property.P1, state=names[0], mark="unreported", message=message, mend=_REPORT, left_over=names
            )
            return
        if not _tells(_told(execution.cause or ""), left):
            message = f"the cause does not name what is left by {', '.join(names)}: {execution.cause}"
            yield Finding(
                property=Property.P1, state=names[0], mark="misreported", message=message, mend=_REPORT, left_over=names
            )
        has_letter = any(self._is_dead_letter(entry, wanted.known) for entry in log)
        if self._workflow.dead_letter_call is not None and not has_letter:
            message = f"the dead letter is not told what {', '.join(names)} left"
            yield Finding(
                property=Property.P1, state=names[0], mark="untold", message=message, mend=_REPORT, left_over=names
            )


_REPORT = "the states do not do what the definition says: build it again; if it stays so, keyflow is at fault"

_LOOKUP = "let find list what the task has made, and where choose that and nothing else; else keyflow is at fault"


def _declared_by(workflow: Workflow) -> Iterator[str]:
    """The errors that the workflow's author ends it with."""
    for step in workflow.steps():
        match step:
            case FailIf(failure=failure) | Repeat(failure=failure) | (Fail() as failure):
                yield failure.error
            case _:
                pass


def _called(task: Task, parameters: Any, entries: Sequence[Entry]) -> Iterator[Finding]:
    """P0: a task is called with its parameters, as often as its retries say."""
    name = task.name
    if not all(agrees(parameters, entry.call.parameters) for entry in entries):
        yield Finding(
            property=Property.P0,
            state=name,
            mark="parameters",
            message=f"{name!r} is called with other parameters",
            mend=_REPORT,
        )
    errors = [entry.error for entry in entries if entry.error is not None]
    due = attempts_due(task.retry, lambda retry: [task.call.error_name(each) for each in retry.errors], errors)
    if len(entries) != due:
        yield Finding(
            property=Property.P0,
            state=name,
            mark="attempts",
            message=f"{name!r} is tried {len(entries)} times, not {due}",
            mend=_REPORT,
        )


def _malformed(state: str, tasks: tuple[str, ...]) -> Finding:
    message = f"a result of {state!r} always has the members that are read of it"
    mend = "nothing to do: AWS documents them. If one were missing, not all would be undone"
    return Finding(
        property=Property.P1,
        state=state,
        mark="malformed",
        message=message,
        mend=mend,
        weight=Weight.ASSUMPTION,
        left_over=tasks,
    )


def _ambiguous(task: Task, why: str) -> list[Finding]:
    message = f"{task.name!r} may take effect though its answer is lost: it {why}"
    mend = "give it a compensation whose parameters do not come from its result, or one with find="
    return [
        Finding(
            property=Property.P1,
            state=task.name,
            mark=why,
            message=message,
            mend=mend,
            weight=Weight.UNPROVABLE,
            left_over=(task.name,),
        )
    ]


def _listed(found: Sequence[Entry], lookup: Lookup) -> Any:
    """The kind of entry that a lookup lists: its first one, which is another's."""
    if not found or not isinstance(found[-1].made, dict):
        return dict.fromkeys(lookup.needed)
    return found[-1].made if lookup.member is None else found[-1].made[lookup.member][0]


def _apart(one: Obligation, needed: Obligation) -> bool:
    """Whether nothing orders the two: what a failed iteration settles at once, what comes after it cannot wait for."""
    if needed.settled and not one.settled:
        return True
    return (one.settled or needed.settled) and not _share(one.iteration, needed.iteration)


def _share(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether one of two places is in the iteration of the other."""
    return all(first == second for first, second in zip(one, other, strict=False))


def _names(raw: RawState) -> Iterator[str]:
    """The states that a raw state is, and has inside."""
    pending: list[tuple[str, Any]] = [(raw.name, raw.document)]
    while pending:
        name, state = pending.pop()
        yield name
        scopes = [*state.get("Branches", ()), *(state[key] for key in ("ItemProcessor", "Iterator") if key in state)]
        pending += [inner for scope in scopes for inner in scope["States"].items()]


_Told = tuple[str, str, JSON]


def _told(cause: str) -> list[_Told] | None:
    """What a cause says is left: task, compensation and parameters; None where it says nothing of the kind."""
    try:
        entries = json.loads(cause[cause.index("[") :])
        return [(entry["task"], entry["compensation"], entry["parameters"]) for entry in entries]
    except (ValueError, TypeError, KeyError):
        return None


def _tells(told: list[_Told] | None, left: Sequence[Obligation]) -> bool:
    """Whether what is told is what is left, each once."""
    rest = list(told or ())
    for each in left:
        names = (each.task.name, each.compensation.name)
        fitting = (entry for entry in rest if entry[:2] == names and agrees(each.parameters, entry[2]))
        found = next(fitting, None)
        if found is None:
            return False
        rest.remove(found)
    return not rest
