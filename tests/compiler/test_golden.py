"""Compiled output, reviewed like code. `KEYFLOW_UPDATE_GOLDEN=1 pytest tests/compiler/test_golden.py` writes it anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from keyflow import asl
from keyflow.compiler import compile_workflow
from tests.compiler.shapes import SHAPES

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("name", SHAPES)
def test_the_definition_is_as_reviewed(name: str) -> None:
    document = compile_workflow(SHAPES[name]()).document
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    file = GOLDEN / f"{name}.asl.json"
    if os.environ.get("KEYFLOW_UPDATE_GOLDEN"):
        file.write_text(text)
    assert file.read_text() == text
    assert asl.validate(document) == ()
