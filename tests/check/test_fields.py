"""What a field's compiled test takes, the words for what is wrong have nothing against."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow import asl
from keyflow.asl import STATE_TYPES
from keyflow.asl.kinds import mismatch
from keyflow.check.definition import Definition
from keyflow.check.fields import Problem, field_problems, known_fields
from tests.asl.definitions import VALID
from tests.asl.test_validator import OWN, VALUES, mutated
from tests.random_definitions import definitions

RECORDS: tuple[Any, ...] = (
    *STATE_TYPES.values(), asl.StateMachine, asl.Branch, asl.Retrier, asl.Catcher, asl.ItemReader, asl.ItemBatcher,
    asl.ResultWriter, asl.ProcessorConfig,
)  # fmt: skip


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
def test_a_value_that_fits_has_no_mismatch(cls: Any) -> None:
    fitting = 0
    for key, known in known_fields(cls).items():
        for spoken, fits in known.tests.items():
            for value in (*VALUES, 99_999_999, 100, "FULL", "INLINE", ["a", "b"], {"a": {"b": 1}}):
                if fits(value):
                    fitting += 1
                    assert mismatch(known.schemas[spoken], value) is None, (key, spoken, value)
    assert fitting > 0


@given(
    st.one_of(definitions().map(lambda each: each[0]), st.sampled_from([*OWN, *VALID.values()])),
    st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_what_the_schema_takes_has_no_field_that_is_wrong(document: Any, random: Random) -> None:
    """So a build, which has held its output to the schema, does not look at its fields again where all is JSONPath."""
    for changed in (document, *(mutated(document, random) for _ in range(8))):
        if not asl.validate(changed) and '"JSONata"' not in json.dumps(changed):
            definition = Definition(document=changed, locate=lambda _path, _key: (1, 1))
            found = [each for problem in Problem for each in field_problems(definition, problem)]
            assert found == [], changed
