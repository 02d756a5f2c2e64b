"""What reads what: every value is checked against the places that make it, every result trimmed to what is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.diagnostics import DefinitionError, Diagnostic, Location
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.compensations import Handler
from keyflow.dsl.deployed import Parameter
from keyflow.dsl.expressions import All, Condition, Either, Negation, TypeTest, Value, values_in
from keyflow.dsl.maps import Collected, Item, ItemIndex, Map, WrittenResults
from keyflow.dsl.steps import Chosen, FailIf, FirstOf, Parallel, Repeat, Succeed, When
from keyflow.dsl.tasks import CaughtError, Task, TaskResult
from keyflow.dsl.values import Input, Intrinsic, LeftOver, Reference, values_of
from keyflow.dsl.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Reads:
    """What is read of one result: the paths, in the order first read, and whether it must be kept whole.

    It must where a member may be missing (its presence is tested), and where a member is read only on some paths:
    a ResultSelector that names a missing member ends the execution, and no Catch sees it.
    """

    paths: tuple[tuple[str | int, ...], ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Dataflow:
    """The result of the analysis: reads by task, the handlers whose error is read, the parameters by name."""

    reads: Mapping[Task, Reads]
    read_errors: frozenset[Handler]
    parameters: Mapping[str, Parameter]


def analyse(workflow: Workflow, block: Block) -> Dataflow:
    """Checks every value that the block uses and collects what is read of each result.

    Raises:
        DefinitionError: KF230, a value is used where the step that makes it may not have run; KF231, two parameters
            of one name differ; KF232, what is left over is used outside a dead-letter call; KF246, what `first_of` may
            take can be an earlier round's.
    """
    analysis = _Analysis(workflow)
    analysis.block(block, _NOTHING, 0)
    if workflow.dead_letter_call is not None:
        analysis.uses(values_of(workflow.dead_letter_call), _NOTHING, 0, workflow.dead_letter_call.location, True)
    if analysis.diagnostics:
        raise DefinitionError(*analysis.diagnostics)
    return Dataflow(analysis.reads(), frozenset(analysis.read_errors), analysis.parameters)


def parameters_of(values: Iterable[Value]) -> dict[str, Parameter]:
    """The parameters among the values, by name.

    Raises:
        DefinitionError: KF231, two of one name differ.
    """
    analysis = _Analysis(None)
    analysis.uses((value for value in values if isinstance(value, Parameter)), _NOTHING, 0, Location("", 0))
    if analysis.diagnostics:
        raise DefinitionError(*analysis.diagnostics)
    return analysis.parameters


class _Analysis:
    """A walk over the blocks with the set of tasks that have certainly completed.

    `depth` counts the conditions that the place depends on, so that a read can be told to be on some paths only.
    """

    def __init__(self, workflow: Workflow | None) -> None:
        self.workflow = workflow
        self._paths: dict[Task, dict[tuple[str | int, ...], None]] = {}
        self._whole: set[Task] = set()
        self.read_errors: set[Handler] = set()
        self.parameters: dict[str, Parameter] = {}
        self.diagnostics: list[Diagnostic] = []
        self._by_chance: dict[int, Location] = {}
        self._depth_of: dict[Task, int] = {}
        self._repeated: set[object] = set()

    def reads(self) -> dict[Task, Reads]:
        """What is read of each task's result."""
        return {task: Reads(tuple(paths), task in self._whole) for task, paths in self._paths.items()}

    def block(self, block: Block, available: _Scope, depth: int) -> set[object]:
        """Walks a block; gives what has completed at its end beyond `available`."""
        made: set[object] = set()
        for step in block.steps:
            made |= self._step(step, _Scope(available, made), depth)
            if isinstance(step, FailIf) or (isinstance(step, When) and any(inner.ends() for inner in step.blocks())):
                depth += 1  # what follows runs on some paths only
        return made

    def _step(self, step: Step, available: _Scope, depth: int) -> set[object]:
        if isinstance(step, FirstOf):
            return self._first_of(step, available, depth)
        self.uses(step.values(), available, depth, step.location)
        match step:
            case Task():
                return self._task(step, available, depth)
            case Parallel():
                ended: set[object] = set()
                for branch in step.branches:
                    ended |= self.block(branch.block, available, depth)
                return ended
            case Map():
                inside = _Scope(available, {step})
                made = self.block(step.block, inside, depth + 1)
                self.uses(values_in(step.written), _Scope(inside, made), depth + 1, step.location)
                return {_Iterated(step)}
            case Repeat():
                return self._repeat(step, available, depth)
            case When():
                return self._when(step, available, depth)
            case FailIf(condition=condition):
                self._presence(condition)
            case _:
                pass
        return set()

    def _task(self, task: Task, available: _Scope, depth: int) -> set[object]:
        self._paths.setdefault(task, {})
        self._depth_of[task] = depth
        for needed in task.after:
            if needed not in available:
                self._error(task.location, f"{task.name!r} cannot run after {needed.name!r}", needed.location)
        for compensation in task.compensations:
            after_task = _Scope(available, {task})
            self.uses(compensation.values(), after_task, depth, compensation.location)
        if task.lookup is not None:
            self.uses(task.lookup.values(), available, depth, task.lookup.location)
        goes_on: list[set[object]] = [{task}]
        for handler in task.handlers:
            made = self.block(handler.block, _Scope(available, {handler}), depth + 1)
            if not handler.block.ends():
                goes_on.append({handler, *made})
        return _after(goes_on)

    def _first_of(self, step: FirstOf, available: _Scope, depth: int) -> set[object]:
        """One of the options must be there; their makers' results are kept whole, since their members are asked for."""
        makers = [_maker(option) for option in step.candidates]
        for option, maker in zip(step.candidates, makers, strict=True):
            match option:
                case _ if maker is None:
                    self.uses(values_in(option), available, depth, step.location)
                case Reference(source=TaskResult(task=task)):
                    self._collect(task, option)
                case Reference(source=CaughtError(handler=handler)):
                    self.read_errors.add(handler)
                case _:
                    pass
            if maker in self._repeated:
                message = f"{option!r} may be an earlier round's: first_of would take it for this one's"
                hint = "choose outside of the rounds, or ask with workflow.when(...) in them"
                self.diagnostics.append(Diagnostic("KF246", message, step.location, hint))
        if None not in makers and not available.has_one_of(makers):
            message = f"none of {', '.join(map(repr, step.candidates))} may be there: what makes them may not have run"
            hint = "say what it is then, at the end: first_of(..., None)"
            self.diagnostics.append(Diagnostic("KF230", message, step.location, hint))
        return {step}

    def _when(self, when: When, available: _Scope, depth: int) -> set[object]:
        goes_on: list[set[object]] = [] if when.otherwise is not None else [set()]
        for condition, _block in when.cases:
            self._presence(condition)
        for block in when.blocks():
            made = self.block(block, available, depth + 1)
            if not block.ends():
                goes_on.append(made)
        return _after(goes_on)

    def _repeat(self, repeat: Repeat, available: _Scope, depth: int) -> set[object]:
        """The block runs at least once. What it makes is made again in the next round, so it cannot be undone."""
        self._repeated.update(_made_in(repeat.block))
        made = self.block(repeat.block, available, depth)
        for step in repeat.block.walk():
            if isinstance(step, Task) and step.compensations:
                message = f"{step.name!r} may complete in each round of {repeat.name!r}, and only the last is known"
                hint = "put what must be undone in front of the rounds, or into a map"
                self.diagnostics.append(Diagnostic("KF245", message, step.compensations[0].location, hint))
        if repeat.until is not None:
            self.uses(repeat.until.values(), _Scope(available, made), depth, repeat.location)
            self._presence(repeat.until)
        return made

    def uses(
        self,
        values: Iterable[Value],
        available: _Scope,
        depth: int,
        location: Location,
        in_dead_letter: bool = False,
    ) -> None:
        """Checks and notes the values that a step at `location` uses."""
        for value in values:
            match value:
                case Reference(source=TaskResult(task=task)):
                    self._read(task, value, available, depth, location)
                case Reference(source=CaughtError(handler=handler)):
                    self.read_errors.add(handler)
                    if handler not in available:
                        self._error(location, "the error is known only inside its on_error block", handler.location)
                case Reference(source=Chosen(step=step)):
                    if step not in available:
                        self._error(location, f"{value!r} is used where it may not have been chosen", step.location)
                case Reference(source=Item(map=each) | ItemIndex(map=each)):
                    if each not in available:
                        self._error(location, f"{value!r} is known only inside its map block", each.location)
                case Reference(source=WrittenResults(map=each)):
                    if _Iterated(each) not in available:
                        self._error(location, f"{value!r} is known only after its map block", each.location)
                case Collected(map=each, value=collected):
                    if _Iterated(each) not in available:
                        self._error(location, f"{value!r} is known only after its map block", each.location)
                    if isinstance(collected.source, TaskResult):
                        self._collect(collected.source.task, collected)
                case Intrinsic(name="States.UUID") | Intrinsic(name="States.MathRandom", arguments=(_, _)):
                    self._made_anew(value, location)
                case Reference(source=Input(workflow=other)) if self.workflow not in (None, other):
                    self._anothers(value, other, location)
                case Parameter():
                    self._parameter(value)
                case LeftOver() if not in_dead_letter:
                    self.diagnostics.append(
                        Diagnostic("KF232", "left_over is known only to the dead_letter call", location)
                    )
                case _:
                    pass

    def _made_anew(self, value: Intrinsic, location: Location) -> None:
        """One value by chance that stands in two places: each makes its own, and they are not the same."""
        first = self._by_chance.setdefault(id(value), location)
        if first != location:
            message = f"{value!r} is made anew in each place where it stands: it is another one than at {first}"
            hint = "write workflow.context['Execution']['Name'] for a text that is the same everywhere, and no other's"
            self.diagnostics.append(Diagnostic("KF277", message, location, hint))

    def _anothers(self, value: Reference, other: object, location: Location) -> None:
        name = getattr(other, "name", "another workflow")
        message = f"{value!r} is a member of the input of {name}, which this workflow does not know"
        hint = "write workflow.input[...] of this workflow; to run the other one's steps here: workflow.inline(...)"
        self.diagnostics.append(Diagnostic("KF271", message, location, hint))

    def _read(self, task: Task, value: Reference, available: _Scope, depth: int, location: Location) -> None:
        self._paths.setdefault(task, {})[value.keys] = None
        if task not in available:
            self._error(location, f"{value!r} is used where {task.name!r} may not have completed", task.location)
        elif depth > self._depth_of[task]:
            self._whole.add(task)

    def _collect(self, task: Task, value: Reference) -> None:
        self._paths.setdefault(task, {})[value.keys] = None
        self._whole.add(task)  # an iteration may have no such task, or no such member

    def _presence(self, condition: Condition) -> None:
        for test in _type_tests(condition):
            if isinstance(test.value, Reference) and isinstance(test.value.source, TaskResult):
                self._paths.setdefault(test.value.source.task, {})
                self._whole.add(test.value.source.task)

    def _parameter(self, parameter: Parameter) -> None:
        known = self.parameters.setdefault(parameter.name, parameter)
        if (known.type, known.default, known.description) != (parameter.type, parameter.default, parameter.description):
            self.diagnostics.append(
                Diagnostic(
                    "KF231",
                    f"two different parameters are named {parameter.name!r}",
                    parameter.location,
                    f"the other one is at {known.location}; make one and use it twice",
                )
            )

    def _error(self, location: Location, message: str, made_at: Location) -> None:
        hint = f"it is made at {made_at}; use it in the same block, after that line"
        self.diagnostics.append(Diagnostic("KF230", message, location, hint))


@dataclass(frozen=True, slots=True)
class _Iterated:
    """Stands for a Map whose iterations have ended, as the Map itself stands for one that an iteration is in."""

    map: Map


@dataclass(frozen=True, eq=False, slots=True)
class _Ways:
    """Stands for ways of which the execution has come one: what each has made."""

    ways: tuple[set[object], ...]


def _after(goes_on: list[set[object]]) -> set[object]:
    """What has been made where several ways meet: what each has made, and that one of them was gone."""
    if len(goes_on) < 2:
        return set().union(*goes_on)
    return {*set.intersection(*goes_on), _Ways(tuple(goes_on))}


def _has_one_of(made: Iterable[object], makers: Collection[object]) -> bool:
    """Whether at least one of the makers is certainly among what was made."""
    return any(
        each in makers or (isinstance(each, _Ways) and all(_has_one_of(way, makers) for way in each.ways))
        for each in made
    )


def _maker(option: Any) -> object:
    """What must have run for an option of a `first_of` to be there; None where it needs nothing, or is no reference."""
    match option:
        case Reference(source=TaskResult(task=task)):
            return task
        case Reference(source=CaughtError(handler=handler)):
            return handler
        case Reference(source=Chosen(step=step)):
            return step
        case Reference(source=WrittenResults(map=each)):
            return _Iterated(each)
        case _:
            return None


def _made_in(block: Block) -> Iterator[object]:
    """What the steps of a block make that an option can be of."""
    for step in block.walk():
        match step:
            case Task():
                yield from (step, *step.handlers)
            case Map():
                yield _Iterated(step)
            case _:
                yield step


class _Scope:
    """What is available at a step: what came into the block, and what the block itself has made so far.

    The block's own set grows as the walk goes on, so that a long block costs no copies.
    """

    def __init__(self, outer: _Scope | None, own: set[object]) -> None:
        self._outer = outer
        self._own = own

    def __contains__(self, item: object) -> bool:
        return item in self._own or (self._outer is not None and item in self._outer)

    def has_one_of(self, makers: Collection[object]) -> bool:
        """Whether at least one of the makers has certainly run."""
        return _has_one_of(self._own, makers) or (self._outer is not None and self._outer.has_one_of(makers))


_NOTHING = _Scope(None, set())


def _type_tests(condition: Condition) -> Iterator[TypeTest]:
    match condition:
        case TypeTest():
            yield condition
        case All(conditions) | Either(conditions):
            for each in conditions:
                yield from _type_tests(each)
        case Negation(negated):
            yield from _type_tests(negated)
        case _:
            pass


def succeeds_in_branch(block: Block) -> Iterator[Succeed]:
    """The `succeed` steps inside branches, where they cannot end the workflow (in a handler, the DSL cannot see it)."""
    for step in block.walk():
        if isinstance(step, Parallel | Map):
            for inside in step.blocks():
                yield from (inner for inner in inside.walk() if isinstance(inner, Succeed))
