"""What a definition file, or a file beside it, says of the effects of calls that no model knows (S12).

By a state's name, or by a function's: `{"Charge": ["Refund"], "ship": "kept", "score": "reads"}`. The names in a list
are states, functions or resources that undo it. A state's own comment may say the same: `effect: undone by Refund`,
`effect: reads`, `effect: kept`; the definition's comment says it of all its states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from keyflow import asl
from keyflow.asl import JSON
from keyflow.aws import resource_of
from keyflow.aws.effects import Effect, effect_of
from keyflow.aws.effects.effect import with_article
from keyflow.diagnostics import CheckError, Diagnostic, Location, did_you_mean
from keyflow.lazy import lazy_pattern
from keyflow.verify.judges.declared import names_of_task

Told = Mapping[str, Sequence[str]]
"""By state or function, what undoes its work; nothing where there is nothing to undo."""

_NOTHING = ("reads", "kept")
_COMMENT = lazy_pattern(r"\beffect:\s*(?:(reads|kept)\b|undone by\s+([^;.\n]+))", re.IGNORECASE)
_MEANT = lazy_pattern(r"(?:^|[;.\n])\s*effects?:\s*([^;.\n]*)", re.IGNORECASE)
"""What is meant to say an effect: it begins the comment, or a sentence of it."""

_OWNS = lazy_pattern(r"\bowns:\s*(\w+(?:\.\w+)*(?:,\s*\w+(?:\.\w+)*)*)")


def told_effects(given: JSON, machine: asl.StateMachine, location: Location) -> Told:
    """What is told of a machine's calls.

    Raises:
        CheckError: KF106, it names no state and no function of the definition, or says nothing that is understood.
    """
    found: dict[str, Sequence[str]] = {}
    for name, state in asl.all_states(machine):
        if isinstance(state, asl.Task):
            said = (_of_comment(comment, name, location) for comment in (state.comment, machine.comment))
            told = next((each for each in said if each is not None), None)
            if told is not None:
                found[name] = told
            if _says_reads(state.comment):
                _check_reads(name, state, location)
    if given is not None:
        found |= dict(_of_file(given, machine, location))
    known = set(_names(machine))
    for name, undone_by in found.items():
        for each in undone_by:
            if each == name:
                raise CheckError(_problem(f"{name!r} cannot undo itself", location, "name what undoes it"))
            if each not in known:
                hint = did_you_mean(each, sorted(known)) or f"it has {', '.join(sorted(known))}"
                message = f"the definition has no state and no function {each!r}, which is said to undo {name!r}"
                raise CheckError(_problem(message, location, hint))
    return found


def told_reading(given: JSON, machine: asl.StateMachine) -> frozenset[str]:
    """The states whose call is said to change nothing: by a file first, by their comment or the definition's else."""
    says = given if isinstance(given, dict) else {}

    def reads(name: str, task: asl.Task) -> bool:
        told = [says[each] for each in names_of_task(name, task) if each in says]
        comments = (comment for comment in (task.comment, machine.comment) if _COMMENT.search(comment or ""))
        return told[0] == "reads" if told else _says_reads(next(comments, None))

    return frozenset(name for name, task in asl.all_tasks(machine) if reads(name, task))


def told_owned(machine: asl.StateMachine) -> tuple[tuple[str, ...], ...]:
    """The members of the input that name what is handed over to an execution: `owns: keyId, order.id` in a comment."""
    match = _OWNS.search(machine.comment or "")
    return () if match is None else tuple(tuple(name.strip().split(".")) for name in match[1].split(","))


def _of_comment(comment: str | None, name: str, location: Location) -> Sequence[str] | None:
    match = _COMMENT.search(comment or "")
    if match is not None:
        return () if match[1] else tuple(name.strip() for name in match[2].split(","))
    meant = _MEANT.search(comment or "")
    if meant is not None:
        message = f"the comment at {name!r} says the effect {meant[1].strip()!r}, which means nothing"
        raise CheckError(
            _problem(message, location, "write `effect: reads`, `effect: kept` or `effect: undone by NAME`")
        )
    return None


def _says_reads(comment: str | None) -> bool:
    match = _COMMENT.search(comment or "")
    return match is not None and (match[1] or "").lower() == "reads"


def _check_reads(name: str, task: asl.Task, location: Location) -> None:
    """Raises KF106 where a call is said to read only that is known to change something."""
    integration = resource_of(task.resource).integration
    effect = None if integration is None else effect_of(integration.model)
    if effect is not None and effect.effect not in (Effect.READS, Effect.UNKNOWN):
        message = f"{name!r} does not only read: it {effect.effect.value} {with_article(effect.noun)}"
        raise CheckError(_problem(message, location, "say what undoes it, or that it is kept"))


def _of_file(given: JSON, machine: asl.StateMachine, location: Location) -> Iterator[tuple[str, Sequence[str]]]:
    if not isinstance(given, dict):
        raise CheckError(_problem(f"effects are an object of states and functions, not {given!r}", location))
    known = set(_names(machine))
    for name, says in given.items():
        if name not in known:
            hint = did_you_mean(name, sorted(known)) or f"it has {', '.join(sorted(known))}"
            raise CheckError(_problem(f"the definition has no state and no function {name!r}", location, hint))
        if says in _NOTHING:
            task = dict(asl.all_tasks(machine)).get(name)
            if says == "reads" and task is not None:
                _check_reads(name, task, location)
            yield name, ()
        elif isinstance(says, list) and all(isinstance(each, str) for each in says):
            yield name, tuple(map(str, says))
        else:
            hint = 'write a list of what undoes it, or "reads", or "kept"'
            raise CheckError(_problem(f"the effect of {name!r} cannot be {says!r}", location, hint))


def _problem(message: str, location: Location, hint: str | None = None) -> Diagnostic:
    return Diagnostic("KF106", message, location, hint)


def _names(machine: asl.StateMachine) -> Iterator[str]:
    """The states of a definition, and the functions that they name."""
    for name, state in asl.all_states(machine):
        yield from names_of_task(name, state) if isinstance(state, asl.Task) else (name,)
