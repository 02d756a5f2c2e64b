"""No text crashes check or parse: whatever it is, there is a diagnostic or nothing."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from keyflow import asl
from keyflow.check import check_text
from keyflow.diagnostics import CheckError
from tests.asl.definitions import VALID

EXAMPLES = int(os.environ.get("KEYFLOW_FUZZ_EXAMPLES", "300"))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    "Type", "States", "StartAt", "Next", "End", "Choices", "Catch", "Retry", "Branches", "ItemProcessor", "Iterator", "Parameters",
    "Resource", "ErrorEquals", "QueryLanguage", "Assign", "Variable", "And", "Not", "ItemReader", "ItemBatcher", "paths",
    "Resources", "Properties", "Definition", "DefinitionString", "x-amazon-apigateway-integration", "responses", "ResultPath",
)  # fmt: skip
TEXTS = ("Task", "Pass", "Map", "Choice", "JSONata", "{% $x %}", "$.a[", "States.Format('{}')", "${X}", "arn:aws:states:::aws-sdk:s3:getObject")  # fmt: skip


@st.composite
def mutated(draw: Any) -> Any:
    """A valid definition with a few places in it changed to anything."""
    document = json.loads(json.dumps(VALID[draw(st.sampled_from(sorted(VALID)))]))
    for _ in range(draw(st.integers(1, 4))):
        target = document
        while True:
            keys = list(target) if isinstance(target, dict) else list(range(len(target)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(target[key], dict | list) and target[key] and draw(st.booleans()):
                target = target[key]
                continue
            change = draw(st.sampled_from(["value", "text", "delete", "add"]))
            if change == "delete":
                del target[key]
            elif change == "add" and isinstance(target, dict):
                target[draw(st.sampled_from(KEYS))] = draw(json_values)
            elif change == "text":
                target[key] = draw(st.sampled_from(TEXTS))
            else:
                target[key] = draw(json_values)
            break
    return document


@pytest.mark.filterwarnings("ignore:The recursion limit")  # which the JSONata library raises
@given(mutated() | json_values)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_document_crashes_check_or_parse(document: Any) -> None:
    text = json.dumps(document)
    for each in check_text("x.json", text):
        assert each.location is not None
    try:
        machine = asl.parse(document)
    except CheckError:
        return
    assert asl.dump(machine) == asl.dump(asl.parse(asl.dump(machine)))


@given(st.text(alphabet=st.sampled_from("{}[]:,\"'ab10.-+/*\\\n $%&!#|>"), max_size=60))
@settings(max_examples=EXAMPLES, deadline=None)
@example("a: &a\n  <<: *a")
@example("!!python/object:os.system x")
def test_no_text_crashes_check(text: str) -> None:
    for file in ("x.json", "x.yaml"):
        check_text(file, text)
