"""One execution of a workflow on the local engine, with everything that a test asks of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keyflow import asl
from keyflow.asl import JSON
from keyflow.compiler import Compiled, compile_workflow
from keyflow.dataclass import dataclass
from keyflow.deploy.parameters import check_names
from keyflow.deploy.substitution import substituted
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.dsl.state_machine import StateMachine
from keyflow.dsl.workflow import Workflow
from keyflow.durations import duration
from keyflow.engine import Event, Execution, Failure, Stubs, Success, TaskCall, Waiting, run
from keyflow.engine.stubs import outcome_of
from keyflow.placeholders import PLACEHOLDER
from keyflow.testing.projects import workflow_named
from keyflow.testing.states_of_runs import States

if TYPE_CHECKING:
    from keyflow.engine.stubs import Answer

Definition = str | Workflow | StateMachine | Compiled | asl.StateMachine | Mapping[str, Any] | Path
"""What can be run: a workflow by its name in the project, or itself, compiled or not; a definition as data, as JSON, or
in a file.
"""


@dataclass(frozen=True)
class WorkflowRun:
    """What an execution did. `seconds` are of virtual time; `name` and `machine` are the definition's."""

    name: str
    machine: asl.StateMachine
    execution: Execution
    compensations: frozenset[str]

    @property
    def status(self) -> str:
        """SUCCEEDED, FAILED or TIMED_OUT."""
        return self.execution.status

    @property
    def output(self) -> JSON:
        """What the execution gave; None where it did not succeed."""
        return self.execution.output

    @property
    def error(self) -> str | None:
        """The error that the execution ended with."""
        return self.execution.error

    @property
    def cause(self) -> str | None:
        """The cause of the error."""
        return self.execution.cause

    @property
    def seconds(self) -> float:
        """How long the execution took."""
        return self.execution.seconds

    @property
    def history(self) -> Sequence[Event]:
        """The events, as GetExecutionHistory has them."""
        return self.execution.history

    @property
    def path(self) -> States:
        """The states entered, in order."""
        return self._states(self.execution.path)

    @cached_property
    def calls(self) -> list[TaskCall]:
        """The calls made, each attempt one, in order."""
        return list(self.execution.calls)

    @property
    def called(self) -> States:
        """The states whose calls were made, in order; a state that was tried again stands there again."""
        return self._states(call.state for call in self.calls)

    @property
    def compensated(self) -> States:
        """The compensations that ran, in order, each once."""
        return self._states(dict.fromkeys(state for state in self.called if state in self.compensations))

    def attempts(self, state: str) -> int:
        """How often a state's call was made.

        Raises:
            AssertionError: the definition has no such state.
        """
        return self.called.count(state)

    def parameters(self, state: str) -> JSON:
        """The parameters of a state's first call.

        Raises:
            AssertionError: the state's call was not made, or the definition has no such state.
        """
        for call in self.calls if state in self.called else ():
            if call.state == state:
                return call.parameters
        raise AssertionError(f"{state!r} was not called; called were {', '.join(map(repr, self.called)) or 'none'}")

    def _states(self, names: Iterable[str]) -> States:
        return States(names, self.machine)

    def __repr__(self) -> str:
        end = json.dumps(self.output, ensure_ascii=False) if self.error is None else f"{self.error}: {self.cause}"
        return f"<{self.name} {self.status} after {duration(self.seconds)}: {' > '.join(self.path)}: {end}>"


def run_workflow(
    definition: Definition,
    data: JSON = None,
    stubs: Mapping[str, Any] | Stubs | None = None,
    *,
    samples: bool = False,
    strict: bool = True,
    parameters: Mapping[str, str] | None = None,
    seed: int = 0,
    folder: Path | None = None,
) -> WorkflowRun:
    """Runs a definition on virtual time.

    Args:
        definition: What is run.
        data: The execution's input; by default an empty object.
        stubs: Answers by a state's name or by a resource (`dynamodb:putItem`): an outcome, a list of outcomes for the
            attempts in order, or any other value, which is then the result. `{"Throw": {"Error": ...}}` and
            `{"Return": ...}` are outcomes, too.
        samples: Whether a task without a stub gets a result that its service's model allows, full of samples.
        strict: Whether a stub's result that the service's model does not allow is an error.
        parameters: Values of the definition's parameters; others stay as they are, `${Name}`.
        seed: Of jitter, random numbers and UUIDs.
        folder: The project that a name is looked up in is this folder's, by default the current one's. The fixture
            `run_workflow` gives the folder of the test.

    Raises:
        ProjectError: KF113, the project has no workflow of the name.
        DefinitionError: the workflow does not compile.
        EngineError: KF602, a stub is for a task that is not there; KF603, a task has no answer; KF612, a stub's result
            is none that the service can give.
    """
    name, document, compensations, is_express = _resolved(definition, folder)
    check_names(parameters or {}, PLACEHOLDER.findall(json.dumps(document)))
    machine = _parsed(json.dumps(substituted(document, parameters or {})))
    runner = stubs if isinstance(stubs, Stubs) else _stubs(stubs or {}, samples=samples, strict=strict)
    runner.check(machine)
    execution = run(machine, {} if data is None else data, runner, machine_name=name, seed=seed, is_express=is_express)
    return WorkflowRun(name, machine, execution, compensations)


@lru_cache(maxsize=32)
def _parsed(text: str) -> asl.StateMachine:
    """A definition by its text: tests run one again and again, and the engine knows a machine that it has run."""
    return asl.parse(json.loads(text))


def _resolved(definition: Definition, folder: Path | None) -> tuple[str, JSON, frozenset[str], bool]:
    """The definition's name and document, the names of its compensations, and whether it is an Express workflow's."""
    match definition:
        case str():
            return _resolved(workflow_named(definition, folder), folder)
        case Workflow() | StateMachine():
            return _resolved(compile_workflow(definition), folder)
        case Compiled(workflow=workflow):
            undos = frozenset(undo.name for task in workflow.tasks() for undo in task.compensations)
            return workflow.name, definition.document, undos, workflow.type == "EXPRESS"
        case asl.StateMachine():
            return "StateMachine", asl.dump(definition), frozenset(), False
        case Path():
            from keyflow.check import definition_in

            read, values = definition_in(definition)
            name = read.name or definition.name.split(".")[0]
            return name, substituted(read.document, values), frozenset(), read.type == "EXPRESS"
        case _:
            return "StateMachine", definition, frozenset(), False


def _stubs(answers: Mapping[str, Any], *, samples: bool, strict: bool) -> Stubs:
    outcomes = {name: _answer(answer) for name, answer in answers.items()}
    if not samples:
        return Stubs(outcomes, strict=strict)
    from keyflow.verify.samples import Samples

    return Stubs(outcomes, otherwise=Samples(), strict=strict)


def _answer(answer: Any) -> Answer:
    match answer:
        case Success() | Failure() | Waiting():
            return answer
        case list() | tuple() if answer and all(isinstance(each, Success | Failure | Waiting) for each in answer):
            return answer
        case dict() if answer.keys() & {"Return", "Throw"} and answer.keys() <= {"Return", "Throw", "Seconds"}:
            return outcome_of(answer)
        case BaseException() | type():
            problem = f"a stub is an outcome or a result, not {answer!r}"
            raise EngineError(Diagnostic("KF604", problem, hint="write Failure('NameOfTheError', 'its cause')"))
        case _ if callable(answer):
            problem = f"a stub is an outcome or a result, not {answer!r}"
            raise EngineError(Diagnostic("KF604", problem, hint="write what it gives; a list has one for each attempt"))
        case _:
            return Success(answer)
