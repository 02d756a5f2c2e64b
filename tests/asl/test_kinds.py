"""Why a value is of the wrong kind, in words; and that these say what the schema says."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from keyflow import asl
from keyflow.asl import QueryLanguage
from keyflow.asl.kinds import mismatch
from keyflow.asl.quotas import LONGEST_DELAY_SECONDS
from keyflow.asl.records import fields_of

SCHEMAS = {
    f"{language.value} {cls.__name__}.{field.key}": schema
    for language in QueryLanguage
    for cls in (*asl.STATE_TYPES.values(), asl.Retrier, asl.Catcher, asl.ItemBatcher, asl.ProcessorConfig)
    for field in fields_of(cls).values()
    if "$ref" not in str(schema := field.codec.schema(language))
}
SCALARS = st.none() | st.booleans() | st.integers(-2, 101) | st.integers(31_622_390, 31_622_410) | st.floats(-1, 200)
TEXTS = st.sampled_from(["", "$.a", "$", "{% 1 %}", "a", "2026-01-31T12:00:00Z", "x" * 81, "FULL", "STANDARD"])
VALUES = st.recursive(SCALARS | TEXTS, lambda inner: st.lists(inner, max_size=3))
"""Without objects: what they hold is checked by rules of their own."""


@given(st.sampled_from(sorted(SCHEMAS)), VALUES)
def test_a_value_has_a_reason_where_the_schema_refuses_it(name: str, value: Any) -> None:
    valid = Draft202012Validator(SCHEMAS[name]).is_valid(value)
    assert (mismatch(SCHEMAS[name], value) is None) == valid


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("JSONPath Retrier.MaxDelaySeconds", LONGEST_DELAY_SECONDS, None),
        ("JSONPath Retrier.MaxDelaySeconds", LONGEST_DELAY_SECONDS + 1, "must be a whole number from 1 to 31622399"),
        ("JSONPath Retrier.MaxDelaySeconds", True, "must be a whole number from 1 to 31622399"),
        ("JSONPath Retrier.ErrorEquals", [], "must not be empty"),
        ("JSONPath Retrier.ErrorEquals", ["A", 1], "must hold strings only"),
        ("JSONPath Task.InputPath", 5, "must be text or null"),
    ],
)
def test_the_reason_says_what_it_must_be(name: str, value: Any, reason: str | None) -> None:
    assert mismatch(SCHEMAS[name], value) == reason


def test_a_share_of_items_is_what_the_api_takes() -> None:
    """Of a definition, no source says whether it is whole; of a run that goes on, botocore's model has bounds."""
    shape = botocore.session.get_session().get_service_model("stepfunctions").shape_for("ToleratedFailurePercentage")
    (field,) = (each for each in fields_of(asl.Map).values() if each.key == "ToleratedFailurePercentage")
    assert shape.type_name == "float"
    for number in (shape.metadata["min"], 2.5, shape.metadata["max"]):
        assert mismatch(field.codec.schema(QueryLanguage.JSONPATH), number) is None
    for number in (shape.metadata["min"] - 0.5, shape.metadata["max"] + 0.5):
        assert mismatch(field.codec.schema(QueryLanguage.JSONPATH), number) is not None
