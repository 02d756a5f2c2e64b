"""Workflow to state machine: schedule, dataflow, saga, budget, lowering, each a pass that can be read alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from keyflow import asl, json_values
from keyflow.asl.quotas import DEFINITION_BYTES
from keyflow.aws import Call, OperationCall, ResourceCall, WrappedCall
from keyflow.aws.authorization import permissions
from keyflow.compiler.analysis.budget import Budget, WorstPath, allot, limit_of
from keyflow.compiler.analysis.dataflow import analyse, parameters_of, succeeds_in_branch
from keyflow.compiler.analysis.forgotten import check_forgotten
from keyflow.compiler.analysis.iterations import check_iterations
from keyflow.compiler.analysis.metrics import HappyPath, happy_path
from keyflow.compiler.analysis.pivots import check_pivots
from keyflow.compiler.analysis.presence import KnownPaths, late_reads
from keyflow.compiler.analysis.saga import plan_saga
from keyflow.compiler.analysis.schedule import by_dataflow
from keyflow.compiler.assembly import assembled
from keyflow.compiler.comments import machine_comment
from keyflow.compiler.dialects import dialect_of
from keyflow.compiler.forward.blocks import way_forward
from keyflow.compiler.fragments import joined
from keyflow.compiler.layout import layout, resetting_step
from keyflow.compiler.names import Names
from keyflow.compiler.naming import state_names
from keyflow.compiler.program import Program
from keyflow.compiler.undo.keys import left_keys
from keyflow.compiler.undo.ladder import ladder
from keyflow.compiler.undo.undoing import Undoing
from keyflow.dataclass import dataclass
from keyflow.diagnostics import DefinitionError, Diagnostic, Location, Severity
from keyflow.dsl.blocks import Block
from keyflow.dsl.definition import Definition
from keyflow.dsl.deployed import Parameter, StateMachineArn
from keyflow.dsl.expressions import Value
from keyflow.dsl.machine_states import State
from keyflow.dsl.maps import Map
from keyflow.dsl.openings import never_entered
from keyflow.dsl.state_machine import StateMachine
from keyflow.dsl.steps import FirstOf, declared_failures
from keyflow.dsl.tasks import Task
from keyflow.dsl.workflow import Workflow
from keyflow.json_values import Unquoted, leaves, with_stand_ins
from keyflow.placeholders import PARAMETER

__all__ = ["Compiled", "HappyPath", "calls_of", "compile_workflow", "declared_errors", "starts_children"]


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A workflow as a state machine, and what the build tells about it.

    `block` holds the steps as they are scheduled, `document` is the machine as JSON, `sources` leads from each state to
    the line that it comes from, `parameters` are those that the definition names. `warnings` are what does not stop the
    build, but a deployment, or a careful author. `repeats` are the states that make the call of another one, by name.
    """

    workflow: Definition
    block: Block
    machine: asl.StateMachine
    document: Any
    sources: Mapping[str, Location]
    parameters: Mapping[str, Parameter]
    budget: Budget
    happy_path: HappyPath
    warnings: tuple[Diagnostic, ...] = ()
    repeats: Mapping[str, str] = field(default_factory=dict)


def compile_workflow(
    workflow: Definition, *, answer_within: int | None = None, provided: KnownPaths = frozenset()
) -> Compiled:
    """Compiles a workflow or a state machine; the same one always gives the same definition.

    Args:
        workflow: The workflow. It is not changed.
        answer_within: The seconds that a caller waits for its end behind API Gateway; None where none waits.
        provided: Paths into the input that whoever starts it is known to send.

    Raises:
        DefinitionError: KF2xx for values and steps that do not fit, KF301 for a worst path that takes too long,
            KF302 to KF304 for what the query language cannot say, KF307 for what JSON has not.
    """
    if isinstance(workflow, Definition):
        outside = tuple(never_entered(workflow))
        if outside:
            raise DefinitionError(*outside)
    match workflow:
        case Workflow():
            return _with_saga(workflow, answer_within, provided)
        case StateMachine():
            return _as_written(workflow)
        case _:
            raise TypeError(f"no workflow: {workflow!r}")


def _as_written(written: StateMachine) -> Compiled:
    """A state machine whose author keeps the data: nothing is added."""
    from keyflow.compiler.as_written.machine import definition_of

    machine, sources = definition_of(written)
    document = asl.dump(machine)
    failing = frozenset(name for name, state in machine.states.items() if isinstance(state, asl.Fail))
    parameters = _parameters_as_written(written, document)
    return Compiled(
        workflow=written,
        block=written.block,
        machine=_runnable(machine, document, parameters),
        document=document,
        sources=sources,
        parameters=parameters,
        budget=Budget(0, 0, WorstPath(0, ()), None),
        happy_path=happy_path(machine, failing),
        warnings=(*_without_permission(written), *_over_quota(written, document)),
    )


def _parameters_as_written(written: StateMachine, document: Any) -> Mapping[str, Parameter]:
    """The parameters that the state machine's values name, and those that only its texts have."""
    values: list[Value] = [value for step in written.steps() for value in step.values()]
    values += [] if written.late_timeout is None else [written.late_timeout]
    arns = {value.placeholder for value in values if isinstance(value, StateMachineArn)}
    named = _with_granted(written, parameters_of(values))
    texts = (name for name in PARAMETER.findall(json.dumps(document)) if name not in arns)
    late = {leaf[2:-1] for leaf in leaves(document) if isinstance(leaf, Unquoted)}
    return named | {name: Parameter(name, type=object if name in late else str) for name in texts if name not in named}


def _runnable(machine: asl.StateMachine, document: Any, parameters: Mapping[str, Parameter]) -> asl.StateMachine:
    """The machine with a number for each parameter that is one: what is proven before a deployment gives its values."""
    if all(each.is_text for each in parameters.values()):
        return machine
    return asl.parse(with_stand_ins(document))


def _with_granted(definition: Definition, named: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """The parameters of a definition's values, and those that only a permission names; ARNs of workflows are none."""
    known = parameters_of([*named.values(), *definition.granted_on])
    texts = (name for permission in definition.granted for name in PARAMETER.findall(permission.resource))
    return known | {name: Parameter(name) for name in texts if name not in known and not name.endswith("StateMachine")}


def _with_saga(workflow: Workflow, answer_within: int | None, provided: KnownPaths) -> Compiled:
    _check_steps(workflow)
    program = _program(workflow, answer_within)
    forgotten = _checked_effects(workflow)
    dialect, keys = program.dialect, left_keys(program.block, program.saga, program.layout, program.names.rungs)
    undoing = Undoing(program=program, dialect=dialect, keys=keys)
    forward = way_forward(program, undoing)
    whole = joined(forward.entry, (forward, ladder(program, undoing, forward)))
    written = assembled(whole, program.names.taken)
    machine = asl.StateMachine(
        comment=machine_comment(workflow),
        query_language=None if dialect.query_language is asl.QueryLanguage.JSONPATH else dialect.query_language,
        timeout_seconds=workflow.timeout,
        start_at=written.start,
        states=written.states,
    )
    document = asl.dump(machine)
    parameters = _with_granted(workflow, program.dataflow.parameters)
    return Compiled(
        workflow=workflow,
        block=program.block,
        machine=_runnable(machine, document, parameters),
        document=document,
        sources=written.sources,
        repeats=written.repeats,
        parameters=parameters,
        budget=program.budget,
        happy_path=happy_path(machine, written.failing),
        warnings=(
            *forgotten,
            *late_reads(program.block, provided),
            *_without_permission(workflow),
            *_over_quota(workflow, document),
        ),
    )


def _checked_effects(workflow: Workflow) -> tuple[Diagnostic, ...]:
    """Warnings of what the workflow changes and says nothing of; raises what must be said (S12, S13)."""
    found = (*check_pivots(workflow.block), *check_forgotten(workflow))
    errors = [each for each in found if each.severity is Severity.ERROR]
    if errors:
        raise DefinitionError(*errors)
    return found


def _program(workflow: Workflow, answer_within: int | None) -> Program:
    """The workflow with all that the passes before the writing of states find."""
    names = Names(workflow.names)
    block = workflow.block if workflow.schedule == "written" else by_dataflow(workflow.block, names)
    dataflow = analyse(workflow, block)
    saga = plan_saga(workflow, block)
    budget = allot(workflow, block, saga, limit_of(workflow, answer_within))
    laid_out = layout(block, dataflow)
    first = resetting_step(block, laid_out)
    needs_start = first is None and any(isinstance(step, Task | Map | FirstOf) for step in block.walk())
    return Program(
        workflow=workflow,
        block=block,
        first=first,
        dataflow=dataflow,
        layout=laid_out,
        saga=saga,
        budget=budget,
        dialect=dialect_of(workflow.query_language or asl.QueryLanguage.JSONPATH.value)(laid_out, dataflow),
        names=state_names(block, saga, names.taken, needs_start=needs_start),
    )


def calls_of(workflow: Definition) -> Iterator[Call]:
    """Every call that an execution may make."""
    steps = list(workflow.steps())
    if not isinstance(workflow, Workflow):
        for step in steps:
            if isinstance(step, State) and step.call is not None:
                yield step.call
                yield from (compensation.call for compensation in step.compensations)
        return
    for step in steps:
        if isinstance(step, Task):
            yield step.call
            for compensation in step.compensations:
                yield compensation.call
            if step.lookup is not None:
                yield step.lookup.call
    for step in steps:
        if isinstance(step, Map) and isinstance(step.over, OperationCall):
            yield step.over
    if workflow.dead_letter_call is not None:
        yield workflow.dead_letter_call


def starts_children(machine: asl.StateMachine) -> bool:
    """Whether an execution starts others of the same state machine: those of distributed Maps."""
    maps = (state for _name, state in asl.all_states(machine) if isinstance(state, asl.Map))
    return any(each.item_processor is not None and each.item_processor.is_distributed for each in maps)


def declared_errors(workflow: Definition) -> Mapping[str, Location]:
    """The errors that the workflow itself fails with, and where each is first declared."""
    errors: dict[str, Location] = {}
    for error, location in _failures(workflow):
        errors.setdefault(error, location)
    return errors


def _failures(workflow: Definition) -> Iterator[tuple[str, Location]]:
    for failure in declared_failures(workflow.steps()):
        yield failure.error, failure.location
    for step in workflow.steps():
        match step:
            case State(type="Fail", fields={"error": str(error)}):
                yield error, step.location
            case _:
                pass


def _check_steps(workflow: Workflow) -> None:
    if not workflow.block.steps:
        raise DefinitionError(Diagnostic("KF233", f"{workflow.name} has no steps", workflow.location))
    check_iterations(workflow.block)
    for succeed in succeeds_in_branch(workflow.block):
        message = "succeed ends the whole workflow, which a branch cannot do"
        raise DefinitionError(Diagnostic("KF226", message, succeed.location))


def _without_permission(workflow: Definition) -> Iterator[Diagnostic]:
    """Calls of which nobody can tell what they must be allowed; a line of `allow` says that its author knows."""
    told: set[str] = set()
    for call in calls_of(workflow) if not workflow.granted else ():
        if not isinstance(call, ResourceCall) or isinstance(call, WrappedCall) or call.kind == "activity":
            continue
        if permissions(call):
            continue
        if call.resource not in told:
            told.add(call.resource)
            message = f"what {call.resource} must be allowed is unknown: the role is not allowed it"
            hint = "keyflow.aws.function(arn, ...) for a Lambda function; else allow(action, resource)"
            yield Diagnostic("KF306", message, call.location, hint, Severity.WARNING)


def _over_quota(workflow: Definition, document: Any) -> Iterator[Diagnostic]:
    """A definition that AWS will refuse for its size; another engine may run it."""
    size = len(json_values.compact(document))
    if size > DEFINITION_BYTES:
        message = f"the definition of {workflow.name} has {size} bytes, over AWS's limit of {DEFINITION_BYTES}"
        yield Diagnostic("KF305", message, workflow.location, "split it into nested workflows", Severity.WARNING)
