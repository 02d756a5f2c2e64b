"""What a call must be for the place where a workflow puts it."""

from __future__ import annotations

from collections.abc import Iterable

from keyflow.aws import Call, ResourceCall, ServiceError
from keyflow.aws.resources import TASK_TOKEN
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.expressions import Value, values_in
from keyflow.dsl.values import Context, Reference


def check_call(call: object, method: str) -> None:
    """Raises KF222 where `call` is not an AWS call."""
    if not isinstance(call, Call):
        raise definition_error(
            "KF222",
            f"{method} takes an AWS call, not {call!r}",
            hint="for instance sqs.send_message(QueueUrl=..., MessageBody=...)",
        )


def check_pattern(call: Call, workflow_type: str, timeout: int | None, location: Location) -> None:
    """Raises KF238 where a call cannot wait for a job or a token, or would wait for ever."""
    is_activity = isinstance(call, ResourceCall) and call.kind == "activity"
    if not call.pattern and not is_activity:
        return
    if workflow_type == "EXPRESS":
        problem, hint = "an Express workflow waits for no job, no activity and no task token", 'make it type="STANDARD"'
    elif timeout is None:
        problem, hint = f"{call.label} waits for somebody else: say for how long", "for instance timeout=3600"
    elif call.pattern == TASK_TOKEN and not any(_is_token(value) for value in values_in(call.written)):
        problem = f"the task token is not among the arguments of {call.label}: nobody could send it back"
        hint = 'it is workflow.context["Task"]["Token"]'
    else:
        return
    raise definition_error("KF238", problem, location=location, hint=hint)


def check_prompt(call: Call, method: str) -> None:
    """Raises KF238 where a call waits that must end at once."""
    if call.pattern:
        raise definition_error("KF238", f"{method} takes a call that ends at once, and {call.label} waits")


def _is_token(value: Value) -> bool:
    return isinstance(value, Reference) and isinstance(value.source, Context) and value.keys[:1] in ((), ("Task",))


def check_errors(call: Call, errors: Iterable[str | ServiceError]) -> None:
    """Raises KF208 where the call cannot end with one of the errors."""
    for error in errors:
        call.error_name(error)


def checked_timeout(seconds: int | None) -> int | None:
    """The timeout; raises KF223 where it is not a whole number of seconds."""
    if seconds is not None and (
        isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= 99_999_999
    ):
        raise definition_error("KF223", f"a timeout is a whole number of seconds from 1 to 99999999, not {seconds!r}")
    return seconds


def count_problem(label: str, number: object, least: int) -> str | None:
    """Why something is no whole number from `least`; None where it is one."""
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        return f"{label} is a whole number from {least}, not {number!r}"
    return None
