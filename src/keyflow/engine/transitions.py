"""Transitions that lead nowhere: told before a definition is run."""

from __future__ import annotations

from collections.abc import Container

from keyflow import asl
from keyflow.diagnostics import Diagnostic, EngineError, did_you_mean


def check_transitions(machine: asl.StateMachine) -> None:
    """Raises KF601 where a scope starts at, or a state goes on with, a state that its scope does not have."""
    for scope in asl.scopes(machine):
        _check("StartAt", scope.start_at, list(scope.states))
        for name, state in scope.states.items():
            for place, target in asl.transitions(state):
                _check(f"{place} of {name!r}", target, scope.states)


def _check(source: str, target: str, states: Container[str]) -> None:
    if target not in states:
        message = f"{source} leads to {target!r}, and its scope has no such state"
        hint = did_you_mean(target, states) if isinstance(states, list | dict) else None
        raise EngineError(Diagnostic("KF601", message, hint=hint))
