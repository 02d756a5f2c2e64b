"""Which attributes are keys of a table's items, as the calls of a definition say it."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.verify.world.items import keys_in


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("orders", "orders"),
        ("${Table}", "${Table}"),
        ("{% 'orders' %}", "orders"),
        ("{% $states.input.table %}", None),
        (None, None),
        (7, None),
    ],
)
def test_a_call_names_its_table_and_the_key_of_an_item(table: Any, named: str | None) -> None:
    key = {"pk": {"S": "a"}, "sk.$": "$.sk"}
    document = {"States": {"Get": {"Arguments": {"TableName": table, "Key": key}}}}
    assert keys_in(document) == {(named, frozenset({"pk", "sk"}))}
