"""Compiled output, reviewed like code. `KEYFLOW_UPDATE_GOLDEN=1 pytest tests/compiler/test_golden.py` writes it anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from keyflow import asl
from keyflow.compiler import compile_workflow
from tests.compiler.shapes import SHAPES, in_jsonata

GOLDEN = Path(__file__).parents[1] / "golden"


JSONATA = (
    "sequence",
    "alternatives",
    "handlers",
    "steps_in_branches",
    "several_compensations",
    "looked_up",
    "for_each",
    "rounds",
    "chosen",
    "chosen_after_errors",
)


@pytest.mark.parametrize("name", SHAPES)
def test_the_definition_is_as_reviewed(name: str) -> None:
    check(compile_workflow(SHAPES[name]()).document, GOLDEN / f"{name}.asl.json")


@pytest.mark.parametrize("name", JSONATA)
def test_the_definition_in_jsonata_is_as_reviewed(name: str) -> None:
    check(compile_workflow(in_jsonata(name)).document, GOLDEN / "jsonata" / f"{name}.asl.json")


def check(document: Any, file: Path) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("KEYFLOW_UPDATE_GOLDEN"):
        file.write_text(text)
    assert file.read_text() == text
    assert asl.validate(document) == ()
