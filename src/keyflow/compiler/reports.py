"""What an execution ends with that can neither go back nor get done: it says what is left, or owed, and who is told."""

from __future__ import annotations

from keyflow import asl
from keyflow.compiler.data import STAYS, put
from keyflow.compiler.fragments import Fragment, Label, Written, joined, single
from keyflow.compiler.layout import LEFT, OWED
from keyflow.compiler.movements import ALL_LEFT_OVER, owing
from keyflow.compiler.program import Program
from keyflow.diagnostics import Location
from keyflow.dsl.blocks import Step
from keyflow.dsl.retries import ALL_ERRORS
from keyflow.dsl.workflow import COMPENSATION_FAILED, COMPLETION_FAILED


def compensation_failed(program: Program) -> Fragment:
    """The state that an execution with something left over ends in, by way of the dead letter (S7)."""
    return _reported(program, COMPENSATION_FAILED, Label("Compensation Failed"), "Left behind: ", "Send Dead Letter")


def completion_failed(program: Program, point: Step, owed: tuple[str, ...]) -> Fragment:
    """The states in which an execution ends that has passed its pivot, and cannot do what is owed (S12)."""
    ended = _reported(program, COMPLETION_FAILED, Label("Completion Failed"), "Owed: ", "Report What Is Owed")
    name = Label(f"{point.name} Is Owed", point)
    noted = put((*LEFT, OWED), owing(point, owed))
    state = asl.Pass(**program.dialect.passing(noted), next=ended.start)
    return joined(name, (single(name, state, point.location, failing=True), ended))


def _reported(program: Program, error: str, name: Label, cause: str, letter: str) -> Fragment:
    location, dialect = program.workflow.location, program.dialect
    ended = _written(name, asl.Fail(error=error, cause=dialect.cause(cause, ALL_LEFT_OVER)), location)
    call = program.workflow.dead_letter_call
    if call is None:
        return Fragment(entry=name, tail=(ended,))
    task = asl.Task(
        resource=call.resource,
        **dialect.call(call),
        timeout=program.budget.compensation,
        **dialect.working(STAYS),
        catch=(asl.Catcher(error_equals=(ALL_ERRORS,), **dialect.catching(STAYS), next=name),),
        next=name,
    )
    sent = Label(letter)
    return Fragment(entry=sent, tail=(ended, _written(sent, task, call.location)))


def _written(name: Label, state: asl.State, location: Location) -> Written:
    return Written(name=name, state=state, location=location, failing=True)
