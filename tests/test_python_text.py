"""Texts of others in Python that keyflow writes: whatever they say, they are texts."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyflow.python_text import docstring, is_name, text_literal

HOSTILE = st.text(
    alphabet=st.characters() | st.sampled_from("\"'\\\n\r\t{}#\x00\x1b\x85\u2028\u202e\ud800"), max_size=150
)


@given(HOSTILE)
@example('x""";import os;os.system("id");"""')
@example("\\")
@example('ends with a quote"')
@example("\\N{BULLET} \\x41 \\u0041")
@example("\ud800")
def test_a_literal_and_a_docstring_are_one_constant(text: str) -> None:
    assert ast.literal_eval(text_literal(text)) == text
    module = ast.parse(docstring(text) + "\nx = 1\n")
    assert [type(each) for each in module.body] == [ast.Expr, ast.Assign]
    if len(text) <= 117:
        assert ast.get_docstring(module, clean=False) == text
    assert docstring(text).isprintable()
    docstring(text).encode()


@given(st.text(max_size=8))
@example("class")
@example("__debug__")
@example("\ufb01")
def test_a_name_stands_for_itself(text: str) -> None:
    if is_name(text):
        call = ast.parse(f"f({text}=1)", mode="eval").body
        assert isinstance(call, ast.Call)
        assert [each.arg for each in call.keywords] == [text]
        compile(f"f({text}=1)", "x", "eval")


@pytest.mark.parametrize("name", ["class", "__debug__", "\ufb01", "a b", "", "1a", "None"])
def test_what_is_no_name(name: str) -> None:
    assert not is_name(name)
