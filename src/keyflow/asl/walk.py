"""Walks over a definition: its scopes, its tasks, and where each state leads."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl.states import Branch, Choice, Fail, Map, Parallel, State, StateMachine, Succeed, Task

Scope = StateMachine | Branch


def scopes(outermost: Scope) -> Iterator[Scope]:
    """A definition's outermost scope, or another one, then those of branches and iterations, in the order written."""
    pending: list[Scope] = [outermost]
    while pending:
        scope = pending.pop()
        yield scope
        inner = [each for state in scope.states.values() for each in scopes_in(state)]
        pending += reversed(inner)


def scopes_in(state: State) -> tuple[Branch, ...]:
    """The scopes inside a state: a Parallel's branches, a Map's processor."""
    match state:
        case Parallel(branches=branches):
            return branches
        case Map(item_processor=processor, iterator=iterator):
            return tuple(each for each in (processor, iterator) if each is not None)
        case _:
            return ()


def all_states(outermost: Scope) -> Iterator[tuple[str, State]]:
    """Every state with its name, those of branches and iterations included."""
    for scope in scopes(outermost):
        yield from scope.states.items()


def all_tasks(machine: StateMachine) -> Iterator[tuple[str, Task]]:
    """Every task with its state's name, those of branches and iterations included."""
    return ((name, state) for name, state in all_states(machine) if isinstance(state, Task))


def transitions(state: State) -> Iterator[tuple[str, str]]:
    """Where a state can lead: the place that says so (`Next`, `Choices[0]`, `Default`, `Catch[0]`) and the name."""
    match state:
        case Choice(choices=choices, default=default):
            yield from ((f"Choices[{index}]", rule.next) for index, rule in enumerate(choices))
            if default is not None:
                yield "Default", default
        case Succeed() | Fail():
            pass
        case _ if isinstance(state.next, str):
            yield "Next", state.next
    if isinstance(state, Task | Parallel | Map):
        yield from ((f"Catch[{index}]", catcher.next) for index, catcher in enumerate(state.catch or ()))
