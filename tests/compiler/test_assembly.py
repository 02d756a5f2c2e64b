"""A compiled machine holds plain data: names that writers of states wish for are text by then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from keyflow.compiler import compile_workflow
from tests.compiler.shapes import SHAPES


def texts(value: Any) -> Iterator[str]:
    """Every text in JSON, keys included."""
    match value:
        case dict():
            for key, member in value.items():
                yield key
                yield from texts(member)
        case list() | tuple():
            for member in value:
                yield from texts(member)
        case str():
            yield value


@pytest.mark.parametrize("name", SHAPES)
def test_names_are_plain_text(name: str) -> None:
    """Processes that send them to one another, such as those of a test run, know nothing of the compiler's classes."""
    compiled = compile_workflow(SHAPES[name]())
    names = [*texts(compiled.document), *compiled.sources, *texts(compiled.repeats), compiled.machine.start_at]
    assert {type(each) for each in names} == {str}
