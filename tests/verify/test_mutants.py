"""The proof misses nothing: every way to break the compiled artefacts is caught, or shown to change nothing."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from keyflow import asl
from keyflow.build import build
from keyflow.compiler import Compiled
from keyflow.diagnostics import KeyflowError
from keyflow.http.gateway import Gateway
from keyflow.project import find_project, load_definitions
from keyflow.verify import Subject, prove, subject_of_workflow
from keyflow.verify.explore import Explorer, Scenario
from tests.verify.mutants import Mutant, mutant_templates, mutants

ROOT = Path(__file__).parents[2]
NAMES = ("AddApiKey", "AddApiKeyFast")
PARTS = 6


@cache
def compiled(name: str) -> tuple[Compiled, Subject]:
    project = find_project(ROOT)
    built = build(project, load_definitions(project))
    (chosen,) = (each for each in built.workflows if each.workflow.name == name)
    return chosen, subject_of_workflow(chosen, built.apis)


def all_mutants(name: str) -> list[Mutant]:
    workflow = compiled(name)[0].workflow
    undoing = frozenset(undo.name for task in workflow.tasks() for undo in task.compensations)
    return list(mutants(compiled(name)[0].document, undoing))


class Watched(Explorer):
    """Keeps what each scenario came to, but for the states that the execution passed through."""

    def __init__(self, subject: Subject) -> None:
        self.seen: dict[str, Any] = {}
        super().__init__(subject, every=True)

    def _found(self, scenario: Scenario, ran: Any) -> Any:
        end = ran.execution
        calls = [(call.state, call.resource, call.parameters, call.attempt) for call in end.calls]
        self.seen[str(scenario)] = (end.status, end.error, end.cause, end.output, calls)
        return super()._found(scenario, ran)


def behaviour(subject: Subject) -> dict[str, Any]:
    watched = Watched(subject)
    for _run in watched.singles():
        pass
    for first in watched.firsts:
        for _scenario in watched.pairs(first):
            pass
    return watched.seen


def is_caught(subject: Subject) -> bool:
    try:
        return not prove(subject, until_violated=True).holds
    except KeyflowError:
        return True


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", NAMES)
def test_every_mutant_is_caught_or_harmless(name: str, part: int) -> None:
    """P1 to P5: a compensation, guard, catcher, retry or end that is removed or broken."""
    subject = compiled(name)[1]
    chosen = all_mutants(name)[part::PARTS]
    assert len(chosen) > 30
    survivors = []
    for mutant in chosen:
        changed = replace(subject, machine=asl.parse(mutant.document))
        if not is_caught(changed):
            survivors.append((mutant.label, changed))
    harmless = behaviour(subject) if survivors else {}
    for label, changed in survivors:
        assert behaviour(changed) == harmless, label


@pytest.mark.parametrize("name", NAMES)
def test_every_broken_response_mapping_is_caught(name: str) -> None:
    """P4."""
    subject = compiled(name)[1]
    endpoint = subject.endpoint
    assert endpoint is not None
    integration = endpoint.gateway.integration
    template = integration["responses"]["200"]["responseTemplates"]["application/json"]
    broken = list(mutant_templates(template))
    assert len(broken) > 12
    for label, text in broken:
        changed: Any = copy.deepcopy(integration)
        changed["responses"]["200"]["responseTemplates"]["application/json"] = text
        mutant = replace(subject, endpoint=replace(endpoint, gateway=Gateway(changed)))
        assert is_caught(mutant), label
