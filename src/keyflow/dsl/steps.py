"""The steps around tasks: branches, alternatives, choices, rounds, ends, pauses, and states as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, Self

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.checks import check_reason
from keyflow.dsl.expressions import Condition, Value, values_in
from keyflow.dsl.values import Reference, Source


@dataclass(eq=False)
class Branch:
    """One branch of a parallel block."""

    name: str
    location: Location
    block: Block = field(default_factory=Block)


@dataclass(eq=False)
class Parallel(Step):
    """Branches that run side by side; the workflow goes on when all have ended."""

    branches: list[Branch] = field(default_factory=list)

    def blocks(self) -> tuple[Block, ...]:
        return tuple(branch.block for branch in self.branches)

    def ends(self) -> bool:
        return False


@dataclass(eq=False)
class When(Step):
    """Alternatives: the block of the first condition that holds, else `otherwise`."""

    cases: list[tuple[Condition, Block]] = field(default_factory=list)
    otherwise: Block | None = None

    def blocks(self) -> tuple[Block, ...]:
        blocks = tuple(block for _condition, block in self.cases)
        return blocks if self.otherwise is None else (*blocks, self.otherwise)

    def values(self) -> Iterator[Value]:
        for condition, _block in self.cases:
            yield from condition.values()

    def ends(self) -> bool:
        return self.otherwise is not None and all(block.ends() for block in self.blocks())


@dataclass(eq=False, kw_only=True)
class FirstOf(Step):
    """A choice among values: the first that is there. All but the last are references, whose presence is asked."""

    options: tuple[Any, ...]

    @property
    def candidates(self) -> tuple[Any, ...]:
        """The options as far as one can be taken: behind what is always there, none is."""
        last = next((index for index, each in enumerate(self.options) if not isinstance(each, Reference)), None)
        return self.options if last is None else self.options[: last + 1]

    def values(self) -> Iterator[Value]:
        return values_in(self.candidates)


@dataclass(frozen=True, eq=False, slots=True)
class Chosen(Source):
    """The value that a `first_of` has chosen."""

    step: FirstOf

    def is_chosen_by_caller(self) -> bool:
        return any(value.chosen_by_caller for value in self.step.values())

    def __repr__(self) -> str:
        return f"first_of({', '.join(map(repr, self.step.options))})"


@dataclass(eq=False)
class Fail(Step):
    """The workflow's end with a declared error."""

    error: str
    cause: str

    def ends(self) -> bool:
        return True


@dataclass(eq=False)
class FailIf(Step):
    """The workflow's end with a declared error, where the condition holds."""

    condition: Condition
    failure: Fail

    def values(self) -> Iterator[Value]:
        return self.condition.values()


@dataclass(eq=False)
class Succeed(Step):
    """The workflow's end, with its output."""

    output: Any

    def values(self) -> Iterator[Value]:
        return values_in(self.output)

    def ends(self) -> bool:
        return True


@dataclass(eq=False, kw_only=True)
class Repeat(Step):
    """Steps that run again and again, `every` so many seconds, until a condition holds behind them.

    Where it does not hold after `at_most` rounds, the workflow fails.
    """

    at_most: int
    every: int
    failure: Fail
    block: Block = field(default_factory=Block)
    until: Condition | None = None

    def blocks(self) -> tuple[Block, ...]:
        return (self.block,)


def declared_failures(steps: Iterable[Step]) -> Iterator[Fail]:
    """The failures with a declared error that any of the steps itself can end a workflow with, in their order."""
    for step in steps:
        match step:
            case FailIf(failure=failure) | Repeat(failure=failure) | (Fail() as failure):
                yield failure
            case _:
                pass


@dataclass(frozen=True, eq=False)
class Rounds:
    """What a `repeat` block gives, to say when it has been repeated enough."""

    repeat: Repeat

    def until(self, condition: Condition) -> None:
        """Ends the rounds where the condition holds behind the steps; it may use what they gave.

        Raises:
            DefinitionError: KF245, it is said twice; KF215, it is no condition.
        """
        if not isinstance(condition, Condition):
            raise definition_error("KF215", f"until takes a condition, not {condition!r}")
        if self.repeat.until is not None:
            raise definition_error("KF245", f"{self.repeat.name!r} has an until already: join conditions with & and |")
        self.repeat.until = condition


@dataclass(eq=False)
class Wait(Step):
    """A pause of so many seconds, or until a moment; each is a literal or a value that the execution knows."""

    seconds: int | Value | None = None
    until: str | Value | None = None

    def values(self) -> Iterator[Value]:
        return values_in((self.seconds, self.until))


@dataclass(eq=False)
class Pivot(Step):
    """The point of no return: nothing before it is undone any more, and what follows is tried until it is done."""


@dataclass(eq=False)
class RawState(Step):
    """A state as the States Language writes it, without Next and End, which keyflow adds.

    `kept` says why what it does may stay when the workflow fails.
    """

    document: Mapping[str, Any]
    kept: str | None = None

    def keep(self, why: str) -> Self:
        """Says that what the state does may stay when the workflow fails, and why (S12); gives the state.

        Raises:
            DefinitionError: KF219, no reason; KF262, the state calls nothing.
        """
        check_reason(why)
        if not any(state.get("Type") == "Task" for _name, state in self.states()):
            raise definition_error("KF262", f"{self.name!r} calls nothing: there is nothing to keep")
        self.kept = why
        return self

    def states(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The state and those inside it, by their names, as the States Language writes them."""
        yield from _states(self.name, self.document)


def _states(name: str, state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield name, state
    processors = (state[key] for key in ("ItemProcessor", "Iterator") if key in state)
    for scope in (*state.get("Branches", ()), *processors):
        for inner, document in scope["States"].items():
            yield from _states(inner, document)


def after_pivot(block: Block) -> frozenset[Step]:
    """The steps that only run when the pivot has been passed, those inside others included."""
    return frozenset(_after_pivot(block))


def _after_pivot(block: Block) -> Iterator[Step]:
    passed = False
    for step in block.steps:
        if passed:
            yield step
            for inner in step.blocks():
                yield from inner.walk()
        elif isinstance(step, Pivot):
            passed = True
        elif isinstance(step, When):
            for inner in step.blocks():
                yield from _after_pivot(inner)
