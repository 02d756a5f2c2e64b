"""Makes the states of a definition ready to run: each is read once, whatever the number of its executions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from keyflow import asl
from keyflow.asl import ABSENT, JSON
from keyflow.asl.fields import is_expression
from keyflow.aws import resource_of
from keyflow.engine import fields
from keyflow.engine.choice import test_of
from keyflow.engine.errors import NO_CHOICE_MATCHED, QUERY_EVALUATION, RUNTIME, FieldError, StatesError
from keyflow.engine.fields import NOTHING, Read
from keyflow.engine.kinds import check_fields
from keyflow.engine.limits import Limits
from keyflow.engine.moments import moment_of
from keyflow.engine.numbers import is_number, number
from keyflow.engine.paths import written
from keyflow.engine.steps import (
    Batches,
    Ends,
    Handler,
    Left,
    Map,
    Parallel,
    Plain,
    Reader,
    Scope,
    Step,
    Task,
    Wait,
    Writer,
)
from keyflow.engine.task_events import events_of
from keyflow.engine.transitions import check_transitions
from keyflow.engine.visit import Visit


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
    read_error = fields.text(state.error, "Error", uses_jsonata=uses_jsonata)
    read_cause = fields.text(state.cause, "Cause", uses_jsonata=uses_jsonata)

    def fail(visit: Visit) -> Left:
        raise StatesError(read_error(visit), read_cause(visit))

    return fail


def _choosing(name: str, state: asl.Choice, uses_jsonata: bool) -> Callable[[Visit], Left]:
    given = fields.input_of(state, uses_jsonata=uses_jsonata)
    output = fields.output_of(state, uses_jsonata=uses_jsonata)
    rules = [_rule(rule, f"Choices[{index}]", uses_jsonata) for index, rule in enumerate(state.choices)]
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
            raise FieldError(NO_CHOICE_MATCHED, _NO_WAY_OUT)
        left = output(visit, data, NOTHING)
        assign_default(visit, data, NOTHING)
        return left, state.default

    return choose


_NO_WAY_OUT = "Failed to transition out of the state. The state does not point to a next state."


def _rule(
    rule: asl.ChoiceRule, field: str, uses_jsonata: bool
) -> tuple[Callable[[JSON, Any], bool], fields.Fill | None, fields.Assign, str]:
    condition = rule.condition
    if isinstance(condition, asl.Expression):
        holds = _expressed(condition.text, f"{field}/Condition", uses_jsonata)
    else:
        holds = test_of(condition)
    output = None
    if rule.output is not ABSENT:
        output = fields.filling(rule.output, f"{field}/Output", uses_jsonata=uses_jsonata)
    return holds, output, fields.assigning(rule.assign, f"{field}/Assign", uses_jsonata=uses_jsonata), rule.next


def _expressed(text: str, field: str, uses_jsonata: bool) -> Callable[[JSON, Any], bool]:
    fill = fields.filling(text, field, uses_jsonata=uses_jsonata)

    def holds(data: JSON, visit: Visit) -> bool:
        value = fill(visit, data, NOTHING)
        if not isinstance(value, bool):
            raise fields.unfit(text, field, "boolean", value)
        return value

    return holds


def _seconds(state: asl.Wait, uses_jsonata: bool) -> Callable[[Visit, float], float]:
    if state.seconds is not None:
        count = number(state.seconds, "Seconds", uses_jsonata=uses_jsonata)
        return lambda visit, _now: float(count(visit) or 0)
    read = fields.scalar(state.timestamp, "Timestamp", uses_jsonata=uses_jsonata)
    given, is_expressed = state.timestamp, uses_jsonata and is_expression(state.timestamp)

    def until(visit: Visit, now: float) -> float:
        value = read(visit)
        if is_expressed and not isinstance(value, str):
            raise fields.unfit(given, "Timestamp", "string", value)
        moment = moment_of(value)
        if moment is None:
            raise _no_timestamp(given, value, is_expressed)
        return max(0.0, (moment - visit.start).total_seconds() - now)

    return until


def _no_timestamp(field: str | None, value: JSON, is_expressed: bool) -> FieldError:
    """What is said of a value that is no moment; a field that is no expression is a path, or was written so."""
    name = "TimestampPath" if isinstance(field, asl.Path) else "Timestamp"
    cause = (
        f"The {name} parameter does not reference a valid ISO-8601 extended offset date-time format string: "
        f"{field} == {value if isinstance(value, str) else written(value)}"
    )
    return FieldError(QUERY_EVALUATION, cause, "Timestamp") if is_expressed else FieldError(RUNTIME, cause)


# States that can be tried again.


def _ends(state: asl.Task | asl.Parallel | asl.Map, uses_jsonata: bool) -> Ends:
    handlers = [
        Handler(
            catcher.error_equals, fields.handling(catcher, f"Catch[{index}]", uses_jsonata=uses_jsonata), catcher.next
        )
        for index, catcher in enumerate(state.catch or ())
    ]
    return Ends(state.retry or (), handlers, fields.finishing(state, uses_jsonata=uses_jsonata), _next(state))


def _task(names: tuple[str, str, str], state: asl.Task, uses_jsonata: bool) -> Task:
    resource = resource_of(state.resource)
    arguments = fields.arguments_of(state, uses_jsonata=uses_jsonata)
    limits, role = _limits(state, uses_jsonata), _role(state, uses_jsonata)
    return Task(
        *names,
        _ends(state, uses_jsonata),
        resource=resource,
        events=events_of(resource),
        arguments=arguments,
        limits=limits,
        role=role,
    )


def _role(state: asl.Task, uses_jsonata: bool) -> Read | None:
    """The role that Credentials name; None where there are none."""
    if state.credentials is None:
        return None
    fill = fields.filling(state.credentials, "Credentials", uses_jsonata=uses_jsonata)

    def role(visit: Visit) -> JSON:
        filled = fill(visit, visit.data, NOTHING)
        return filled.get("RoleArn") if isinstance(filled, dict) else None

    return role


def _limits(state: asl.Task, uses_jsonata: bool) -> Callable[[Visit], Limits]:
    timeout = number(state.timeout, "TimeoutSeconds", uses_jsonata=uses_jsonata)
    heartbeat = number(state.heartbeat, "HeartbeatSeconds", uses_jsonata=uses_jsonata)
    if is_number(state.timeout) and is_number(state.heartbeat):
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
        is_express=_is_express(processor),
        reader=None if reader is None else _reader(reader, uses_jsonata),
        items=_items(state, uses_jsonata),
        unfit=lambda found: _no_items(state, found, uses_jsonata),
        select=_selecting(state, uses_jsonata),
        batches=None if state.item_batcher is None else _batches(state.item_batcher, uses_jsonata),
        limit=number(state.max_concurrency, "MaxConcurrency", uses_jsonata=uses_jsonata),
        tolerates=count is not None or percentage is not None,
        tolerated_count=number(count, "ToleratedFailureCount", uses_jsonata=uses_jsonata),
        tolerated_percentage=number(
            percentage, "ToleratedFailurePercentage", uses_jsonata=uses_jsonata, most=100, is_whole=False
        ),
        writer=None if writer is None else _writer(writer, uses_jsonata),
    )


def _is_express(processor: asl.Branch | None) -> bool:
    config = None if processor is None else processor.processor_config
    return config is not None and config.execution_type == "EXPRESS"


def _items(state: asl.Map, uses_jsonata: bool) -> Read:
    """The items that the data has."""
    if uses_jsonata:
        if state.items is ABSENT:
            return lambda visit: visit.data
        fill = fields.filling(state.items, "Items", uses_jsonata=True)
        return lambda visit: fill(visit, visit.data, NOTHING)
    given, find = fields.input_of(state, uses_jsonata=False), fields.at_path(state.items_path or "$", "ItemsPath")
    return lambda visit: find(visit, given(visit))


def _no_items(state: asl.Map, found: JSON, uses_jsonata: bool) -> FieldError:
    """What is said of items that are no array."""
    if uses_jsonata and is_expression(state.items):
        return fields.unfit(state.items, "Items", "array", found)
    if uses_jsonata:
        return FieldError(QUERY_EVALUATION, f"The Map's items must be an array, but were: {written(found)}", "Items")
    return FieldError(RUNTIME, f'Reference path "{state.items_path or "$"}" must point to array.')


def _selecting(state: asl.Map, uses_jsonata: bool) -> Callable[[Any, JSON], JSON] | None:
    """What ItemSelector makes of an item: is given the visit as the item sees it (an `AtItem`), and the item."""
    template = state.item_selector if state.item_selector is not ABSENT else state.parameters
    if template is ABSENT:
        return None
    fill, given = (
        fields.filling(template, "ItemSelector", uses_jsonata=uses_jsonata),
        fields.input_of(state, uses_jsonata=uses_jsonata),
    )
    return lambda visit, _item: fill(visit, given(visit), NOTHING)


def _batches(batcher: asl.ItemBatcher, uses_jsonata: bool) -> Batches:
    most = number(batcher.max_items_per_batch, "MaxItemsPerBatch", uses_jsonata=uses_jsonata)
    most_bytes = number(batcher.max_input_bytes_per_batch, "MaxInputBytesPerBatch", uses_jsonata=uses_jsonata)
    if batcher.batch_input is ABSENT:
        return Batches(most, most_bytes, lambda _visit: {})
    fill = fields.filling(batcher.batch_input, "ItemBatcher/BatchInput", uses_jsonata=uses_jsonata)
    return Batches(most, most_bytes, lambda visit: {"BatchInput": fill(visit, visit.data, NOTHING)})


def _reader(reader: asl.ItemReader, uses_jsonata: bool) -> Reader:
    config = dict(reader.reader_config or {})
    path = config.pop("MaxItemsPath", None)
    most = asl.Path(path) if isinstance(path, str) else config.pop("MaxItems", None)
    arguments = _arguments(reader, "ItemReader", uses_jsonata)
    return Reader(
        resource=reader.resource,
        arguments=arguments,
        config=config,
        most=fields.scalar(most, "MaxItems", uses_jsonata=uses_jsonata),
        most_path=path,
    )


def _writer(writer: asl.ResultWriter, uses_jsonata: bool) -> Writer:
    return Writer(writer.resource, _arguments(writer, "ResultWriter", uses_jsonata), writer.writer_config or {})


def _arguments(given: asl.ItemReader | asl.ResultWriter, field: str, uses_jsonata: bool) -> Read:
    template = given.arguments if uses_jsonata else given.parameters
    if template is ABSENT:
        return lambda _visit: {}
    fill = fields.filling(template, f"{field}/Arguments", uses_jsonata=uses_jsonata)

    def arguments(visit: Visit) -> JSON:
        filled = fill(visit, visit.data, NOTHING)
        if not isinstance(filled, dict):
            raise fields.unfit(template, f"{field}/Arguments", "object", filled)
        return filled

    return arguments


def _next(state: Any) -> str | None:
    return state.next if isinstance(state.next, str) else None
