"""What is made when it is first used is what it would have been at once."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

from keyflow import lazy
from keyflow.lazy import lazy_pattern

PACKAGE = Path(lazy.__file__).parent


def modules() -> list[str]:
    parts = [file.relative_to(PACKAGE.parent).with_suffix("").parts for file in PACKAGE.rglob("*.py")]
    return [".".join(each) for each in parts if each[-1] not in ("__init__", "__main__")]


def test_it_does_what_a_compiled_pattern_does() -> None:
    late, early = lazy_pattern("A(?P<b>.)", re.IGNORECASE), re.compile("A(?P<b>.)", re.IGNORECASE)
    for _ in range(2):
        assert late.sub("-", "xabab") == early.sub("-", "xabab")
        assert [each["b"] for each in late.finditer("abAC")] == ["b", "C"]
    assert (late.pattern, late.flags, late.groups) == (early.pattern, early.flags, early.groups)
    assert lazy_pattern(b"a+").findall(b"aaba") == [b"aa", b"a"]


def test_nothing_is_compiled_before_it_is_used() -> None:
    late: Any = lazy_pattern("(")
    try:
        late.search("a")
    except re.error:
        return
    raise AssertionError("the text is no pattern")


def test_every_pattern_of_keyflow_compiles() -> None:
    """A text that is no pattern shows at its first use only, which no import reaches."""
    kind = type(lazy_pattern(""))
    names = [name for name in modules() if not name.startswith("keyflow.testing.")]  # pytest's own, by its plugin
    found = [value for name in names for value in vars(import_module(name)).values() if isinstance(value, kind)]
    assert len(found) > 100
    for each in found:
        assert re.compile(each.pattern)
