"""States made ready to run: what a definition says of each is read once, whatever the number of its executions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from keyflow import asl
from keyflow.asl import ABSENT, JSON
from keyflow.aws import Resource, resource_of
from keyflow.dataclass import dataclass
from keyflow.engine import fields
from keyflow.engine.choice import test_of
from keyflow.engine.errors import NO_CHOICE_MATCHED, QUERY_EVALUATION, RUNTIME, StatesError
from keyflow.engine.fields import NOTHING, Make, Read
from keyflow.engine.kinds import check_fields
from keyflow.engine.limits import Limits
from keyflow.engine.task_events import TaskEvents, events_of
from keyflow.engine.transitions import check_transitions
from keyflow.engine.visit import Visit

Left = tuple[JSON, str | None]
"""How a state was left: its output, and where to go on (None ends the scope)."""


@dataclass(slots=True)
class Named:
    """What every state has: its name, and the types of the events of entering and leaving it (None: it is not left)."""

    name: str
    entered: str
    exited: str | None


@dataclass(slots=True)
class Plain(Named):
    """A state that is left at the moment when it is entered."""

    leave: Callable[[Visit], Left]


@dataclass(slots=True)
class Wait(Named):
    """A state that is left after so many seconds, of which the moment of virtual time is told."""

    seconds: Callable[[Visit, float], float]
    leave: Callable[[Visit], Left]


@dataclass(slots=True)
class Handler:
    """What a catcher does with the errors that it names, and the state that goes on."""

    errors: Sequence[str]
    handle: Make
    next: str


@dataclass(slots=True)
class Ends:
    """How an attempt ends: what is tried again, what is caught, what becomes of a result, and where it goes on."""

    retry: Sequence[asl.Retrier]
    catch: Sequence[Handler]
    finish: Make
    next: str | None


@dataclass(slots=True)
class Tried(Named):
    """A state that can be tried again, and whose errors can be caught."""

    ends: Ends


@dataclass(slots=True)
class Task(Tried):
    """A call: its resource, the events of its attempts, what it is given, and its limits."""

    resource: Resource
    events: TaskEvents
    arguments: Read
    limits: Callable[[Visit], Limits]


@dataclass(slots=True)
class Parallel(Tried):
    """Branches, and what each is given."""

    arguments: Read
    branches: Sequence[Scope]


@dataclass(slots=True)
class Call:
    """A call that a Map makes itself: its resource, and what it is given."""

    resource: str
    arguments: Read


@dataclass(slots=True)
class Batches:
    """How items are put together: the most items, the most bytes, and what each batch has beside them."""

    most: Read
    most_bytes: Read
    fixed: Callable[[Visit], dict[str, JSON]]


@dataclass(slots=True)
class Map(Tried):
    """Iterations of a scope; `select` is None where each is given its item as it is."""

    uses_jsonata: bool
    label: str
    processor: Scope | None
    is_distributed: bool
    reader: Call | None
    reader_config: Mapping[str, JSON]
    items: Read
    select: Callable[[Any, JSON], JSON] | None
    batches: Batches | None
    limit: Read
    tolerates: bool
    tolerated_count: Read
    tolerated_percentage: Read
    writer: Call | None


Step = Plain | Wait | Task | Parallel | Map


@dataclass(slots=True)
class Scope:
    """States that lead to each other, and the one that is first."""

    start_at: str
    steps: Mapping[str, Step]


def scope_of(machine: asl.StateMachine) -> Scope:
    """The outermost scope of a definition; that of one which was run a while ago is still known.

    Raises:
        EngineError: KF601, a transition leads nowhere; KF610, a field is of the wrong kind.
    """
    key = id(machine)
    if key not in _made:
        check_fields(machine)
        check_transitions(machine)
        _made[key] = (machine, _scope(machine, uses_jsonata=machine.query_language is asl.QueryLanguage.JSONATA))
        if len(_made) > _KEPT:
            _made.popitem(last=False)
    return _made[key][1]


_KEPT = 64
_made: OrderedDict[int, tuple[asl.StateMachine, Scope]] = OrderedDict()
"""Scopes by the identity of their machines, which are kept, so that no other one gets it."""


def _scope(scope: asl.StateMachine | asl.Branch, *, uses_jsonata: bool) -> Scope:
    return Scope(scope.start_at, {name: _step(name, state, uses_jsonata) for name, state in scope.states.items()})


def _step(name: str, state: asl.State, around: bool) -> Step:
    """A state; `around` tells whether the states around it use JSONata, which this one may, too."""
    uses_jsonata = around or state.query_language is asl.QueryLanguage.JSONATA
    names = (name, f"{state.type}StateEntered", f"{state.type}StateExited")
    match state:
        case asl.Task():
            return _task(names, state, uses_jsonata)
        case asl.Parallel():
            arguments = fields.arguments_of(state, uses_jsonata=uses_jsonata)
            branches = [_scope(branch, uses_jsonata=around) for branch in state.branches]
            return Parallel(*names, _ends(state, uses_jsonata), arguments, branches)
        case asl.Map():
            return _map(names, state, uses_jsonata, around)
        case asl.Wait():
            let_through = fields.letting_through(state, uses_jsonata=uses_jsonata)
            return Wait(*names, _seconds(state, uses_jsonata), _leaving(state, let_through))
        case asl.Pass():
            return Plain(*names, _leaving(state, fields.passing(state, uses_jsonata=uses_jsonata)))
        case asl.Choice():
            return Plain(*names, _choosing(name, state, uses_jsonata))
        case asl.Succeed():
            return Plain(*names, _succeeding(state, uses_jsonata))
        case asl.Fail():
            return Plain(*names[:2], None, _failing(state, uses_jsonata))


# Plain states.


def _leaving(state: asl.Pass | asl.Wait, read: Read) -> Callable[[Visit], Left]:
    following = _next(state)
    return lambda visit: (read(visit), following)


def _succeeding(state: asl.Succeed, uses_jsonata: bool) -> Callable[[Visit], Left]:
    given = fields.input_of(state, uses_jsonata=uses_jsonata)
    output = fields.output_of(state, uses_jsonata=uses_jsonata)
    return lambda visit: (output(visit, given(visit), NOTHING), None)


def _failing(state: asl.Fail, uses_jsonata: bool) -> Callable[[Visit], Left]:
    read_error, read_cause = (fields.scalar(each, uses_jsonata=uses_jsonata) for each in (state.error, state.cause))

    def fail(visit: Visit) -> Left:
        error, cause = read_error(visit), read_cause(visit)
        if not isinstance(error, str | None) or not isinstance(cause, str | None):
            raise StatesError(RUNTIME, f"the error and the cause of {visit.name!r} must be text")
        raise StatesError(error or "", cause)

    return fail


def _choosing(name: str, state: asl.Choice, uses_jsonata: bool) -> Callable[[Visit], Left]:
    given = fields.input_of(state, uses_jsonata=uses_jsonata)
    output = fields.output_of(state, uses_jsonata=uses_jsonata)
    rules = [_rule(rule, uses_jsonata) for rule in state.choices]
    assign_default = fields.assigning(state.assign, uses_jsonata=uses_jsonata)

    def choose(visit: Visit) -> Left:
        data = given(visit)
        for holds, own_output, assign, following in rules:
            if holds(data, visit):
                left = output(visit, data, NOTHING)
                if own_output is not None:
                    left = own_output(visit, data, NOTHING)
                assign(visit, data, NOTHING)
                return left, following
        if state.default is None:
            raise StatesError(NO_CHOICE_MATCHED, f"no rule of {name!r} holds, and it has no Default")
        left = output(visit, data, NOTHING)
        assign_default(visit, data, NOTHING)
        return left, state.default

    return choose


def _rule(
    rule: asl.ChoiceRule, uses_jsonata: bool
) -> tuple[Callable[[JSON, Any], bool], fields.Fill | None, fields.Assign, str]:
    condition = rule.condition
    holds = _expressed(condition.text, uses_jsonata) if isinstance(condition, asl.Expression) else test_of(condition)
    output = None if rule.output is ABSENT else fields.filling(rule.output, uses_jsonata=uses_jsonata)
    return holds, output, fields.assigning(rule.assign, uses_jsonata=uses_jsonata), rule.next


def _expressed(text: str, uses_jsonata: bool) -> Callable[[JSON, Any], bool]:
    fill = fields.filling(text, uses_jsonata=uses_jsonata)

    def holds(data: JSON, visit: Visit) -> bool:
        value = fill(visit, data, NOTHING)
        if not isinstance(value, bool):
            raise StatesError(QUERY_EVALUATION, f"the condition {text!r} is {value!r}, not true or false")
        return value

    return holds


def _seconds(state: asl.Wait, uses_jsonata: bool) -> Callable[[Visit, float], float]:
    if state.seconds is not None:
        count = fields.number(state.seconds, uses_jsonata=uses_jsonata)
        return lambda visit, _now: float(count(visit) or 0)
    read = fields.scalar(state.timestamp, uses_jsonata=uses_jsonata)
    return lambda visit, now: _until(read(visit), visit.start, now)


def _until(value: Any, start: datetime, now: float) -> float:
    try:
        return max(0.0, (datetime.fromisoformat(value) - start).total_seconds() - now)
    except (TypeError, ValueError) as error:
        raise StatesError(RUNTIME, f"{value!r} is no timestamp") from error


# States that can be tried again.


def _ends(state: asl.Task | asl.Parallel | asl.Map, uses_jsonata: bool) -> Ends:
    handlers = [
        Handler(catcher.error_equals, fields.handling(catcher, uses_jsonata=uses_jsonata), catcher.next)
        for catcher in state.catch or ()
    ]
    return Ends(state.retry or (), handlers, fields.finishing(state, uses_jsonata=uses_jsonata), _next(state))


def _task(names: tuple[str, str, str], state: asl.Task, uses_jsonata: bool) -> Task:
    resource = resource_of(state.resource)
    arguments = fields.arguments_of(state, uses_jsonata=uses_jsonata)
    limits = _limits(state, uses_jsonata)
    return Task(*names, _ends(state, uses_jsonata), resource, events_of(resource), arguments, limits)


def _limits(state: asl.Task, uses_jsonata: bool) -> Callable[[Visit], Limits]:
    timeout, heartbeat = (fields.number(each, uses_jsonata=uses_jsonata) for each in (state.timeout, state.heartbeat))
    if fields.is_number(state.timeout) and fields.is_number(state.heartbeat):
        limits = Limits(state.timeout, state.heartbeat)
        return lambda _visit: limits
    return lambda visit: Limits(timeout(visit), heartbeat(visit))


def _map(names: tuple[str, str, str], state: asl.Map, uses_jsonata: bool, around: bool) -> Map:
    processor = state.item_processor or state.iterator
    reader, writer = state.item_reader, state.result_writer
    count, percentage = state.tolerated_failure_count, state.tolerated_failure_percentage
    return Map(
        *names,
        _ends(state, uses_jsonata),
        uses_jsonata=uses_jsonata,
        label=state.label or names[0],
        processor=None if processor is None else _scope(processor, uses_jsonata=around),
        is_distributed=processor is not None and processor.is_distributed,
        reader=None if reader is None else _call(reader.resource, reader, uses_jsonata),
        reader_config={} if reader is None else reader.reader_config or {},
        items=_items(state, uses_jsonata),
        select=_selecting(state, uses_jsonata),
        batches=None if state.item_batcher is None else _batches(state.item_batcher, uses_jsonata),
        limit=fields.number(state.max_concurrency, uses_jsonata=uses_jsonata),
        tolerates=count is not None or percentage is not None,
        tolerated_count=fields.number(count, uses_jsonata=uses_jsonata),
        tolerated_percentage=fields.number(percentage, uses_jsonata=uses_jsonata),
        writer=None if writer is None or writer.resource is None else _call(writer.resource, writer, uses_jsonata),
    )


def _items(state: asl.Map, uses_jsonata: bool) -> Read:
    """The items that the data has."""
    if uses_jsonata:
        if state.items is ABSENT:
            return lambda visit: visit.data
        fill = fields.filling(state.items, uses_jsonata=True)
        return lambda visit: fill(visit, visit.data, NOTHING)
    given, find = fields.input_of(state, uses_jsonata=False), fields.finding(state.items_path or "$")
    return lambda visit: find(visit, given(visit))


def _selecting(state: asl.Map, uses_jsonata: bool) -> Callable[[Any, JSON], JSON] | None:
    """What ItemSelector makes of an item: is given the visit as the item sees it (an `AtItem`), and the item."""
    template = state.item_selector if state.item_selector is not ABSENT else state.parameters
    if template is ABSENT:
        return None
    fill, given = (
        fields.filling(template, uses_jsonata=uses_jsonata),
        fields.input_of(state, uses_jsonata=uses_jsonata),
    )
    return lambda visit, _item: fill(visit, given(visit), NOTHING)


def _batches(batcher: asl.ItemBatcher, uses_jsonata: bool) -> Batches:
    most, most_bytes = (
        fields.number(each, uses_jsonata=uses_jsonata)
        for each in (batcher.max_items_per_batch, batcher.max_input_bytes_per_batch)
    )
    if batcher.batch_input is ABSENT:
        return Batches(most, most_bytes, lambda _visit: {})
    fill = fields.filling(batcher.batch_input, uses_jsonata=uses_jsonata)
    return Batches(most, most_bytes, lambda visit: {"BatchInput": fill(visit, visit.data, NOTHING)})


def _call(resource: str, given: asl.ItemReader | asl.ResultWriter, uses_jsonata: bool) -> Call:
    template = given.arguments if uses_jsonata else given.parameters
    if template is ABSENT:
        return Call(resource, lambda _visit: {})
    fill = fields.filling(template, uses_jsonata=uses_jsonata)
    return Call(resource, lambda visit: fill(visit, visit.data, NOTHING))


def _next(state: Any) -> str | None:
    return state.next if isinstance(state.next, str) else None
