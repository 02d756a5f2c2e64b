"""Places in plain JSON are those that the reader with positions finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow.check import json5
from keyflow.check.places import PlainPlaces

BUILD = Path(__file__).parents[2] / "build"
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)


def agree(text: str) -> None:
    parsed, places = json5.parse(text), PlainPlaces(text)
    for path, offset in reversed(parsed.values.items()):
        place = places.of(path)
        assert place is not None
        assert place == (parsed.keys.get(path, offset), offset), path
        assert places.of((*path, "nothing of that name")) is None
        assert places.of((*path, 1_000)) is None
        assert places.of((*path, "no", "such", 0)) is None


@given(documents, st.sampled_from([None, 0, 1, "\t"]), st.sampled_from([(",", ":"), (" , ", " :\n")]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_random_documents(document: Any, indent: Any, separators: Any, ascii_only: bool) -> None:
    agree(json.dumps(document, indent=indent, separators=separators, ensure_ascii=ascii_only))


@pytest.mark.parametrize("file", sorted(BUILD.glob("*.json")), ids=lambda file: file.name)
def test_what_is_built(file: Path) -> None:
    agree(file.read_text())


def test_blanks_around() -> None:
    agree(' \r\n\t[ 1 ,\n {"a" :\t[ ] , "b":{ } } ]\n ')
