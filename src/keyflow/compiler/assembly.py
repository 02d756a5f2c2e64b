"""Fragments to a state machine: every label gets its name, every scope its states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import TypeVar

from keyflow import asl
from keyflow.compiler.fragments import Enclosed, Fragment, Label, Written, targets
from keyflow.compiler.names import Names
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location

Entry = TypeVar("Entry", asl.ChoiceRule, asl.Catcher)
Renamed = Mapping[tuple[object, ...], str]
"""The names of the labels that do not get the name which they want."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A machine's states, and the one that it starts with.

    Of all states, those inside others included: `sources` are their lines, `failing` are those that only a failure
    enters, `repeats` gives the state whose call one makes, too.
    """

    start: str
    states: Mapping[str, asl.State]
    sources: Mapping[str, Location]
    failing: frozenset[str]
    repeats: Mapping[str, str]


def assembled(fragment: Fragment, taken: Iterable[str]) -> Assembled:
    """The states of a whole workflow. `taken` are names that no label can get."""
    written = (*fragment.states, *fragment.tail)
    everything = [(each, targets(each.state)) for each in _walk(written)]
    renamed = _renamed(everything, taken)
    labelled = {id(each) for each, led_to in everything if any(isinstance(target, Label) for target in led_to)}
    first: dict[str, Written] = {}
    for each, _led_to in everything:
        first.setdefault(_name(each.name, renamed), each)
    return Assembled(
        start=_name(fragment.start, renamed),
        states=_states(written, renamed, labelled),
        sources={name: each.location for name, each in first.items()},
        failing=frozenset(name for name, each in first.items() if each.failing),
        repeats={name: each.repeats for name, each in first.items() if each.repeats is not None},
    )


def _walk(states: Iterable[Written]) -> Iterator[Written]:
    for each in states:
        yield each
        for scope in each.scopes:
            yield from _walk(scope.states)


def _renamed(states: Iterable[tuple[Written, Sequence[str]]], taken: Iterable[str]) -> Renamed:
    """Labels get their names in the order in which the definition first mentions them."""
    names, named = Names(taken), dict[tuple[object, ...], str]()
    for label in (each for state, led_to in states for each in (state.name, *led_to) if isinstance(each, Label)):
        if label.key not in named:
            named[label.key] = names.unique(label.wanted)
    return {key: name for key, name in named.items() if name != Label(str(key[0]))}


def _name(name: str, renamed: Renamed) -> str:
    """The name as plain text: a machine holds no labels."""
    return renamed.get(name.key, str(name)) if isinstance(name, Label) else name


def _states(written: Iterable[Written], renamed: Renamed, labelled: Set[int]) -> dict[str, asl.State]:
    """The states by name; `labelled` are the identities of those that lead to a label."""
    states: dict[str, asl.State] = {}
    for each in written:
        name = _name(each.name, renamed)
        if name not in states:
            state = _with_scopes(each, [_branch(scope, renamed, labelled) for scope in each.scopes])
            states[name] = _redirected(state, renamed) if id(each) in labelled else state
    return states


def _with_scopes(written: Written, branches: Sequence[asl.Branch]) -> asl.State:
    match written.state:
        case asl.Parallel() as state if branches:
            return replace(state, branches=tuple(branches))
        case asl.Map() as state if branches:
            return replace(state, item_processor=branches[0])
        case state:
            return state


def _branch(scope: Enclosed, renamed: Renamed, labelled: Set[int]) -> asl.Branch:
    states = _states(scope.states, renamed, labelled)
    return asl.Branch(processor_config=scope.config, start_at=_name(scope.start, renamed), states=states)


def _redirected(state: asl.State, renamed: Renamed) -> asl.State:
    """The state with its transitions to the names that labels have got."""
    match state:
        case asl.Choice(choices=rules, default=default):
            choices = tuple(_leading(rule, renamed) for rule in rules)
            return replace(state, choices=choices, default=None if default is None else _name(default, renamed))
        case asl.Task() | asl.Parallel() | asl.Map():
            catchers = tuple(_leading(each, renamed) for each in state.catch or ())
            catch = None if state.catch is None else catchers
            return replace(state, next=_target(state.next, renamed), catch=catch)
        case asl.Pass() | asl.Wait():
            return replace(state, next=_target(state.next, renamed))
        case asl.Succeed() | asl.Fail():
            return state


def _leading(entry: Entry, renamed: Renamed) -> Entry:
    """A rule or a catcher with the name that its label has got."""
    return replace(entry, next=_name(entry.next, renamed)) if isinstance(entry.next, Label) else entry


def _target(target: asl.Transition, renamed: Renamed) -> asl.Transition:
    return _name(target, renamed) if isinstance(target, str) else target
