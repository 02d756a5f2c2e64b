"""A definition as a `StateMachine`: its graph as blocks, and each state in keyflow's own words where it has them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from keyflow import asl, bounds
from keyflow.asl import JSON
from keyflow.compiler import compile_workflow
from keyflow.dataclass import dataclass
from keyflow.diagnostics import CheckError, DefinitionError, Diagnostic, did_you_mean
from keyflow.dsl.definition import MachineType
from keyflow.dsl.deployed import Parameter
from keyflow.dsl.state_machine import StateMachine
from keyflow.interop.parameters import types_of
from keyflow.interop.scopes import Whole, write_scope
from keyflow.json_values import Unquoted, with_leaves

_ATTEMPTS = 8
"""How often what does not come out as it went in is taken back, before the whole stays as it is."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A definition as keyflow has it.

    `verbatim` are the states that stayed JSON, and `reasons` says why of those that keyflow has no words for.
    """

    machine: StateMachine
    parameters: Mapping[str, Parameter]
    states: int
    verbatim: frozenset[str]
    reasons: Mapping[str, str]


def imported(document: JSON, name: str, type: MachineType = "STANDARD") -> Imported:  # noqa: A002  AWS's name
    """The definition as a `StateMachine` that compiles to equal JSON.

    A state that would compile to anything else than it was stays JSON (`machine.state(...)`).

    Args:
        document: The definition.
        name: The state machine's name.
        type: EXPRESS or STANDARD, which a definition itself does not say.

    Raises:
        CheckError: KF101, it is no definition; KF107, a state leads nowhere, or the definition has what none has.
        DefinitionError: KF218, the name or the timeout cannot be.
    """
    definition = asl.parse(document)
    _check_whole(definition)
    _check_size(document, definition)
    verbatim = set(_ambiguous(definition))
    wanted = _flat(document)
    types = types_of(document)
    attempts = 0
    reasons: dict[str, str] = {}
    kept: frozenset[str] = frozenset()
    while True:
        attempts += 1
        attempt = _attempt(definition, name, type, frozenset(verbatim), kept, types)
        reasons = {**attempt.reasons, **reasons}
        made, refused = _made(attempt.machine), set(attempt.reasons)
        if not refused and made is None:
            refused = _odd(definition, name, type, verbatim, reasons, types)
        elif not refused:
            respelt = frozenset(_respelt(document, made)) - kept
            if respelt and attempts < _ATTEMPTS:
                kept |= respelt
                continue
            refused = _changed(made, wanted)
        if not refused:
            return Imported(
                machine=attempt.machine,
                parameters=attempt.parameters,
                states=len(wanted) - 1,
                verbatim=frozenset(verbatim & wanted.keys() - {""}),
                reasons=reasons,
            )
        if refused <= verbatim or attempts == _ATTEMPTS:  # nothing more can be taken back: the whole stays as it is
            refused = set(definition.states)
            if refused <= verbatim:
                raise CheckError(Diagnostic("KF107", "the definition as a whole does not compile to itself"))
        verbatim |= refused


def _check_size(document: JSON, definition: asl.StateMachine) -> None:
    states = [state for _name, state in asl.all_states(definition)]
    conditions = sum(len(list(asl.comparisons(rule.condition))) for each in states for rule in _rules(each))
    size = len(states) + conditions
    if size > bounds.IMPORTED_STATES:
        message = f"it has {size:,} states and conditions; keyflow imports {bounds.IMPORTED_STATES:,} at the most"
        raise CheckError(Diagnostic("KF119", message))
    if bounds.excess(document, bounds.IMPORTED_VALUES) is not None:
        raise CheckError(Diagnostic("KF119", f"keyflow imports {bounds.IMPORTED_VALUES:,} values at the most"))


def _rules(state: asl.State) -> tuple[asl.ChoiceRule, ...]:
    return state.choices if isinstance(state, asl.Choice) else ()


def _check_whole(definition: asl.StateMachine) -> None:
    if definition.extra:
        unknown = ", ".join(definition.extra)
        raise CheckError(Diagnostic("KF107", f"no definition has {unknown}", hint="`keyflow check` says more"))
    for key, value in (("Comment", definition.comment), ("Version", definition.version)):
        if not isinstance(value, str | None):
            raise CheckError(Diagnostic("KF107", f"{key} is {value!r}, must be a text"))
    for scope in asl.scopes(definition):
        leads = [(name, target) for name, state in scope.states.items() for _place, target in asl.transitions(state)]
        for name, target in [("StartAt", scope.start_at), *leads]:
            if not isinstance(target, str) or target not in scope.states:
                message = f"{name!r} leads to {target!r}, which is not there"
                raise CheckError(Diagnostic("KF107", message, hint=did_you_mean(target, scope.states)))


def _ambiguous(definition: asl.StateMachine) -> Iterator[str]:
    """States of the outermost scope that hold a name which stands elsewhere, too: there a name is no address."""
    counts = Counter(name for name, _state in asl.all_states(definition))
    for name, state in definition.states.items():
        inner = [each for scope in asl.scopes_in(state) for each, _state in asl.all_states(scope)]
        if any(counts[each] > 1 for each in inner):
            yield name


def _flat(document: JSON) -> dict[str, JSON]:
    """Each state by its name, without those inside it; the empty name has the rest."""
    flat: dict[str, JSON] = {}

    def without_states(value: JSON) -> JSON:
        match value:
            case {"States": dict(states), "StartAt": _}:
                for name, state in states.items():
                    flat[name] = without_states(state)
                return {key: without_states(each) for key, each in value.items() if key != "States"}
            case dict():
                return {key: without_states(each) for key, each in value.items()}
            case list():
                return [without_states(each) for each in value]
            case _:
                return value

    flat[""] = without_states(document)
    return flat


def _made(machine: StateMachine) -> JSON | None:
    """What the machine compiles to; None where it does not compile."""
    try:
        return compile_workflow(machine).document
    except DefinitionError:
        return None


def _changed(document: JSON, wanted: Mapping[str, JSON]) -> set[str]:
    """The states that do not come out as they went in; the empty name where it is the whole."""
    made = _flat(document)
    return {name for name in wanted if name not in made or _text(wanted[name]) != _text(made[name])}


def _text(value: JSON) -> str:
    """What two values share where they are written alike: 2 is not 2.0, and the order of keys says nothing."""
    return json.dumps(with_leaves(value, lambda leaf: [leaf] if isinstance(leaf, Unquoted) else leaf), sort_keys=True)


def _respelt(old: JSON, new: JSON) -> Iterator[str]:
    """The paths and functions of a definition that its compiled form spells in another way."""
    match old, new:
        case dict(), dict():
            for key in old.keys() & new.keys():
                yield from _respelt(old[key], new[key])
        case list(), list():
            for before, after in zip(old, new, strict=False):
                yield from _respelt(before, after)
        case str(), str() if old != new and old.startswith(("$", "States.")):
            yield old


def _odd(
    definition: asl.StateMachine,
    name: str,
    machine_type: MachineType,
    verbatim: set[str],
    reasons: dict[str, str],
    types: Mapping[str, type],
) -> set[str]:
    """The states that do not compile even by themselves, with their reasons; every state where all of them do."""
    odd: set[str] = set()
    for each, state in asl.all_states(definition):
        if each in verbatim or not isinstance(state, asl.Task | asl.Pass | asl.Wait):
            continue
        alone = replace(state, next=asl.END)
        if isinstance(alone, asl.Task):
            alone = replace(alone, catch=None)
        whole = asl.StateMachine(
            query_language=definition.query_language, start_at=each, states=MappingProxyType({each: alone})
        )
        try:
            compile_workflow(_attempt(whole, name, machine_type, frozenset(), frozenset(), types).machine)
        except DefinitionError as error:
            odd.add(each)
            reasons.setdefault(each, error.diagnostics[0].message)
    return odd or {each for each, _state in asl.all_states(definition)}


@dataclass(frozen=True)
class _Attempt:
    """The definition in keyflow's words; `reasons` are the states that it has no words for, and why."""

    machine: StateMachine
    parameters: Mapping[str, Parameter]
    reasons: Mapping[str, str]


def _attempt(
    definition: asl.StateMachine,
    name: str,
    machine_type: MachineType,
    verbatim: frozenset[str],
    kept: frozenset[str],
    types: Mapping[str, type],
) -> _Attempt:
    """What `verbatim` names is written as JSON, all else in keyflow's words; `kept` are paths that stay texts."""
    language = definition.query_language
    machine = StateMachine(
        name,
        type=machine_type,
        query_language=None if language is None else language.value,
        timeout=None if isinstance(definition.timeout_seconds, Unquoted) else definition.timeout_seconds,
        comment=definition.comment,
        version=definition.version,
    )
    whole = Whole(machine, verbatim, kept, types)
    if isinstance(definition.timeout_seconds, Unquoted):
        machine.late_timeout = whole.expressions.number(definition.timeout_seconds)
    write_scope(whole, definition)
    reasons = {each: reason for each, reason in whole.refused.items() if each not in verbatim}
    return _Attempt(machine, whole.expressions.parameters, reasons)
