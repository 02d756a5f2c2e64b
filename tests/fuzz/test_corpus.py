"""Every input that a fuzzer has once found, and what seeds it: none of them crashes any more."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.documents import odd_definitions
from tests.fuzz.target import try_bytes, try_document
from tests.properties.test_check import json_values

CORPUS = sorted(file for file in (Path(__file__).parent / "corpus").iterdir() if file.is_file())
EXAMPLES = int(os.environ.get("KEYFLOW_FUZZ_EXAMPLES", "300"))


@pytest.mark.filterwarnings("ignore:The recursion limit")  # which the JSONata library raises
@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_what_was_found_once_crashes_nothing(file: Path) -> None:
    try_bytes(file.read_bytes())


@pytest.mark.filterwarnings("ignore:The recursion limit")
@given(odd_definitions() | json_values)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_document_crashes_anything(document: Any) -> None:
    try_document(json.loads(json.dumps(document)))
