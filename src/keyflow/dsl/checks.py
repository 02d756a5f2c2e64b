"""What a call must be for the place where a workflow puts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from keyflow import json_values
from keyflow.asl import Malformed, load_state
from keyflow.asl.quotas import LARGEST_COUNT
from keyflow.aws import Call, ResourceCall, ServiceError
from keyflow.aws.calls import Operation
from keyflow.aws.effects import Effect
from keyflow.aws.resources import TASK_TOKEN
from keyflow.aws.runtime_values import RuntimeCondition
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.expressions import Condition, Value
from keyflow.dsl.values import Context, Reference, values_of
from keyflow.making import note_used


def check_call(call: object, method: str) -> None:
    """Raises KF222 where `call` is not an AWS call."""
    if not isinstance(call, Call):
        is_operation = isinstance(call, Operation)
        hint = (
            f"call it: {call!r}(...)"
            if is_operation
            else "for instance sqs.send_message(QueueUrl=..., MessageBody=...)"
        )
        raise definition_error("KF222", f"{method} takes an AWS call, not {call!r}", hint=hint)
    note_used(call)


def check_reason(why: object) -> None:
    """Raises KF219 where `keep` is given no reason."""
    if not isinstance(why, str) or not why.strip():
        raise definition_error("KF219", f"keep says why it may stay, and not {why!r}")


def check_condition(condition: object, method: str) -> Condition:
    """The condition; raises KF215 where it is none."""
    if not isinstance(condition, Condition):
        hint = "for instance value.is_present()"
        if isinstance(condition, bool):
            hint = "Python has decided it already: write value == 'text', value.is_null(), or ~condition"
        raise definition_error("KF215", f"{method} takes a condition, not {condition!r}", hint=hint)
    return condition


def check_options(options: Sequence[Any]) -> None:
    """Raises KF246 where `first_of` has no choice, or cannot ask whether one of its options is there."""
    if len(options) < 2:
        problem = f"first_of chooses among values, and is given {len(options)}"
        raise definition_error("KF246", problem, hint="give it two: first_of(answered['x'], escalated['x'])")
    for option in options:
        if isinstance(option, RuntimeCondition):
            hint = "ask it with workflow.when(condition)"
            raise definition_error("KF246", "first_of chooses among values, and a condition has none", hint=hint)
    for option in options[:-1]:
        if not isinstance(option, Reference) or isinstance(option.source, Context):
            problem = f"{option!r} is always there: first_of would never take what stands after it"
            raise definition_error("KF246", problem, hint="put it at the end")


def check_pattern(call: Call, workflow_type: str, timeout: int | None, location: Location) -> None:
    """Raises KF238 where a call cannot wait for a job or a token, or would wait for ever."""
    is_activity = isinstance(call, ResourceCall) and call.kind == "activity"
    if call.pattern != TASK_TOKEN and any(map(_is_token, values_of(call))):
        raise definition_error(
            "KF238",
            f"{call.label} waits for no task token, so there is none",
            location=location,
            hint=f"write {call.label}(...).wait_for_task_token()",
        )
    if not call.pattern and not is_activity:
        return
    if workflow_type == "EXPRESS":
        problem, hint = "an Express workflow waits for no job, no activity and no task token", 'make it type="STANDARD"'
    elif timeout is None:
        problem, hint = f"{call.label} waits for an answer from outside: say for how long", "for instance timeout=3600"
    elif call.pattern == TASK_TOKEN and not any(map(_is_token, values_of(call))):
        problem = f"the task token is not among the arguments of {call.label}: no one could send it back"
        hint = 'it is workflow.context["Task"]["Token"]'
    else:
        return
    raise definition_error("KF238", problem, location=location, hint=hint)


def check_prompt(call: Call, method: str) -> None:
    """Raises KF238 where a call waits that must end at once."""
    if call.pattern:
        raise definition_error("KF238", f"{method} takes a call that ends at once, and {call.label} waits")


def check_dead_letter(call: Call) -> None:
    """Raises KF222, KF238 or KF268 where a call cannot keep what a dead letter says."""
    check_call(call, "dead_letter")
    check_prompt(call, "dead_letter")
    if call.effect in (Effect.READS, Effect.DELETES):
        raise definition_error(
            "KF268",
            f"the dead letter goes nowhere: {call.label} {call.effect.value} something",
            hint="send it to a queue, a topic or a function, or put it into a table",
        )


def _is_token(value: Value) -> bool:
    return isinstance(value, Reference) and isinstance(value.source, Context) and value.keys[:1] in ((), ("Task",))


def check_errors(call: Call, errors: Iterable[str | ServiceError]) -> None:
    """Raises KF208 where the call cannot end with one of the errors."""
    for error in errors:
        call.error_name(error)


def checked_timeout(seconds: int | None) -> int | None:
    """The timeout; raises KF223 where it is not a whole number of seconds."""
    if seconds is not None:
        check_count("KF223", "a timeout in seconds", seconds, 1, LARGEST_COUNT)
    return seconds


def check_count(code: str, label: str, number: object, least: int, most: int | None = None) -> None:
    """Raises a diagnostic where something is no whole number from `least`, up to `most`."""
    problem = count_problem(label, number, least, most)
    if problem is not None:
        meant = int(number) if isinstance(number, str) and number.isdecimal() else None
        is_right = meant is not None and count_problem(label, meant, least, most) is None
        raise definition_error(code, problem, hint=f"write it as a number: {meant}" if is_right else None)


def count_problem(label: str, number: object, least: int, most: int | None = None) -> str | None:
    """Why something is no whole number from `least`, up to `most`; None where it is one."""
    if (
        isinstance(number, int)
        and not isinstance(number, bool)
        and least <= number <= (number if most is None else most)
    ):
        return None
    return f"{label} is a whole number from {least}{'' if most is None else f' to {most}'}, not {number!r}"


def check_state(name: str, document: Mapping[str, Any]) -> None:
    """Raises KF227 where a document is no state."""
    try:
        load_state(document)
    except Malformed as malformed:
        place = "/".join(malformed.path) or "it"
        raise definition_error("KF227", f"state {name!r} is no state: {place}: {malformed}") from malformed
    problem = json_values.problem(document)
    if problem is not None:
        raise definition_error("KF227", f"state {name!r} is no state: {problem}")
