"""What a field's compiled test takes, the words for what is wrong have nothing against."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import asl
from keyflow.asl import STATE_TYPES
from keyflow.asl.kinds import mismatch
from keyflow.check.fields import known_fields
from tests.asl.test_validator import VALUES

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
