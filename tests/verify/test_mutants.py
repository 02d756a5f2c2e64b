"""The proof misses nothing: every way to break the compiled artefacts is caught, or shown to change nothing."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from keyflow import asl
from keyflow.http.gateway import Gateway
from tests.verify.mutants import Mutant, mutant_templates
from tests.verify.mutation import Fate, all_mutants, compiled, entering, fate, is_caught, is_caught_early

NAMES = ("AddApiKey", "AddApiKeyFast")
OTHERS = ("BookSeats", "DeleteApiKey", "OnboardConsumer", "PlaceOrder", "ProvisionConsumer", "RotateApiKey", "SignUp")
PARTS = 6
EVERY = bool(os.environ.get("KEYFLOW_EVERY_MUTANT"))
"""Whether every mutant is tried, and each gets the whole proof, also where a few scenarios have caught it already."""
TRIED = 1 if EVERY else 16
"""Of so many mutants one is tried, by chance: each run tries others."""
FOLLOWED = 1 if EVERY else 10
"""Of so many first faults, each one of its class, one is followed by every second one; one of each class always is."""
COMPARED = None if EVERY else 300
"""Of the scenarios in which those faults enter a state, so many are run for each mutant of it; None for all."""
FEW = 12
"""Mutants of another worked example, in either language, that each run tries."""


def chosen_for_the_whole(mutants: Sequence[Mutant]) -> set[str]:
    """A random twentieth of those that are caught early: the whole proof must find them as well."""
    return {mutant.label for mutant in Random().sample(mutants, math.ceil(len(mutants) / 20))}


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", NAMES)
def test_every_mutant_is_caught_or_harmless(name: str, part: int) -> None:
    """P1 to P5: a compensation, guard, catcher, retry or end that is removed or broken.

    Each is first run in the scenarios that enter the state which it breaks. A random part of those that show a
    violation is proven as a whole, and so is what shows none and does not do the same as the sound definition.
    """
    mine = all_mutants(name)[part::PARTS]
    chosen = Random().sample(mine, len(mine) // TRIED)
    assert len(chosen) > 4
    whole = chosen_for_the_whole(chosen)
    for mutant in chosen:
        is_proven = EVERY or mutant.label in whole
        found = fate(name, mutant, compared=COMPARED, followed=FOLLOWED, whole=is_proven)
        assert found is not Fate.SURVIVES, mutant.label


@pytest.mark.long
@pytest.mark.parametrize("language", ["", " in JSONata"])
def test_a_few_mutants_of_another_example_are_caught_or_harmless(language: str) -> None:
    """Each run tries another one; `python -m benchmarks.mutants` tries all of all."""
    name = f"{Random().choice(OTHERS)}{language}"
    for mutant in Random().sample(all_mutants(name), FEW):
        assert fate(name, mutant) is not Fate.SURVIVES, (name, mutant.label)


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


def test_a_lookup_that_lists_nothing_is_tried() -> None:
    """Nothing was made, and nothing of another's is there: what comes after that must be right, too."""
    led = (
        (mutant, mutant.label.partition(": Anything?: default leads to ")[2]) for mutant in all_mutants("AddApiKeyFast")
    )
    # within the lookup the first of no entries is read: Step Functions ends the execution, for its data
    empty = [mutant for mutant, target in led if target.startswith(("Delete ", "Remove "))]
    assert len(empty) >= 3
    subject = compiled("AddApiKeyFast")[1]
    for mutant in empty:
        changed = replace(subject, machine=asl.parse(mutant.document))
        assert is_caught_early(changed, entering("AddApiKeyFast", every=False)[mutant.state]), mutant.label


@pytest.mark.parametrize(
    "label",
    [
        "Store Batch Failed?: default leads to Store Batches: Batch",
        "Store Batch Failed?: rule 0 removed",
        "Store Batch Failed 2: another error",
    ],
)
def test_an_iteration_fails_where_something_went_wrong_and_only_there(label: str) -> None:
    """A Map that tolerates failures succeeds all the same: P0 asks which they are."""
    (mutant,) = (each for each in all_mutants("Ingest") if each.label == label)
    assert fate("Ingest", mutant) is Fate.EARLY


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("ApproveExpense", "Send Dead Letter: catcher 0 leads to Everything Undone?"),
        ("ApproveExpense in JSONata", "Send Dead Letter: catcher 0 leads to Withdraw Expense Failed"),
        ("ApproveExpense in JSONata", "Pay: catcher 0 leads to Record Approval Is Owed"),
        ("ApproveExpense", "Report What Is Owed: parameter MessageBody.$ broken"),
        ("ApproveExpense in JSONata", "Report What Is Owed: argument MessageBody broken"),
        ("ApproveExpense", "Ask Finance: parameter Data.$ broken"),
        ("Ingest", "Count Rows: parameter MapRunArn.$ broken"),
        ("Ingest in JSONata", "Store Reading: output of nothing more"),
        ("Ingest in JSONata", "Store Batches: Result: output of nothing more"),
        ("ProvisionConsumer", "Adopt Consumer: catcher 0 leads to Abandoned"),
    ],
)
def test_what_passed_for_sound_once_is_found(name: str, label: str) -> None:
    """Loops, what is owed, texts of which a part is known, what iterations write, errors after a lost answer."""
    (mutant,) = (each for each in all_mutants(name) if each.label == label)
    assert fate(name, mutant) in (Fate.EARLY, Fate.WHOLE)
