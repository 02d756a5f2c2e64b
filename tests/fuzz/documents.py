"""Documents that are fuzzed: valid definitions in which values of every kind stand where others belong."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.properties.test_check import mutated

_ODD: tuple[Any, ...] = (
    "$.x", "$", "$$", "$.x[0]", "$.x[*].y", "$..y", "States.Array($)", "States.JsonToString($)", "{% $states.input %}",
    "{% [1,'a'] %}", "{% null %}", "{% 1/0 %}", "{% $states.input.x %}", 1e308, -1, 10**300, 0, True, None, [], {}, [None],
    "", "\u202e\x1b[31m", "${X}", "States.Format('{}',$)", "States.MathAdd(1,$.a)", "$.x[?(@.y == 1)]", "*", "States.ALL",
    "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "Done", "A", "x\"\"\"\\", "a" * 90,
    "JSONata", "JSONPath", "$.x[999999999]", "$.x[?(@.y =~ /(a+)+$/)]", "{% $match('aaa', /(a+)+$/) %}", "DISTRIBUTED",
)  # fmt: skip


@st.composite
def odd_definitions(draw: Any) -> Any:
    """A valid definition, changed in a few places, with odd values in some others."""
    document = json.loads(json.dumps(draw(mutated())))
    for _ in range(draw(st.integers(0, 4))):
        places = list(_places(document))
        if places:
            holder, key = draw(st.sampled_from(places))
            holder[key] = copy.deepcopy(draw(st.sampled_from(_ODD)))
    return document


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    entries = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    for key, value in entries:
        yield tree, key
        yield from _places(value)
