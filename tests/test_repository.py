"""The worked examples keep what the README says of them, and `build/` is current."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from keyflow import Api, asl
from keyflow.build import build, differences
from keyflow.http import as_concrete, openapi_document, placeholders, validate_integrations
from keyflow.loading import load_definitions
from keyflow.project import find_project

ROOT = Path(__file__).parents[1]
PROJECT = find_project(ROOT)
DEFINITIONS = load_definitions(PROJECT)
BUILD = build(PROJECT, DEFINITIONS)


def test_the_committed_artefacts_are_current() -> None:
    assert [str(each) for each in differences(BUILD, ROOT / PROJECT.out)] == []


def test_the_examples_build_without_warnings() -> None:
    assert BUILD.warnings == ()


@pytest.mark.parametrize(("name", "states", "critical_path"), [("AddApiKey", 9, 4), ("AddApiKeyFast", 10, 2)])
def test_the_happy_path_of_the_examples(name: str, states: int, critical_path: int) -> None:
    """The hand-written definition enters 11 states, and makes four calls one after the other."""
    (compiled,) = (each for each in BUILD.workflows if each.workflow.name == name)
    assert (compiled.happy_path.states, compiled.happy_path.critical_path) == (states, critical_path)
    assert compiled.budget.worst.seconds <= 28


@pytest.mark.parametrize("artefact", BUILD.artefacts, ids=lambda artefact: artefact.name)
def test_every_definition_is_valid(artefact: object) -> None:
    name = getattr(artefact, "name", "")
    if name.endswith(".asl.json"):
        document = json.loads((ROOT / PROJECT.out / name).read_text())
        assert asl.validate(document) == ()
        assert asl.dump(asl.parse(document)) == document


@pytest.mark.parametrize("api", DEFINITIONS.apis.values(), ids=lambda api: api.name)
def test_every_api_is_valid(api: Api) -> None:
    document = openapi_document(api)
    concrete = as_concrete(document, {name: f"arn:aws:x:::{name}" for name in placeholders(document)})
    validate(concrete)
    assert validate_integrations(concrete) == ()
