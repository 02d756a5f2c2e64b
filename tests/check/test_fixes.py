"""Fixes are data: each changes its range, and nothing around it; what is fixed is no finding any more."""

from __future__ import annotations

import pytest

from keyflow.check import check_text
from keyflow.check.fixes import edit_of, edited
from keyflow.diagnostics import Edit

JSON5 = r"""{
  // how it begins
  StartAt: 'A',
  "States": {
    "A": {"Type": "Pass", 'outputPath': "$", "InputPath":   "$.order.",   "Parameters": {
        "x.$": "States.Format('say \\\"{}\\\"', $.x)"}, /* then */ "Next": "B"},
    "B": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:apigateway:createApiKey",
          "Parameters": {"name.$": "$.n"}, "End": true,},
  },
}
"""
FIXED = (
    JSON5.replace("'outputPath'", "'OutputPath'")
    .replace("$.order.", "$.order")
    .replace(r"say \\\"{}\\\"", r"say \"{}\"")
    .replace('"name.$"', '"Name.$"')
)
YAML = """StartAt: A   # here
States:
  A:
    Type: Pass
    next: Yes   # there
  Yes:
    Type: Pass
    QueryLanguage: JSONata
    Output: "{%$states.input%}"
    End: true
"""
YAML_FIXED = YAML.replace("next:", "Next:").replace("{%$states.input%}", "{% $states.input %}")


def fixed(name: str, text: str) -> str:
    edits = [each.edit for each in check_text(name, text) if each.edit is not None]
    return edited(text, edits)[0]


def test_what_is_around_a_fix_stays() -> None:
    assert fixed("x.asl.json", JSON5) == FIXED
    assert fixed("x.asl.json", FIXED) == FIXED
    assert [each.code for each in check_text("x.asl.json", FIXED)] == []


def test_yaml_keeps_its_comments_and_a_word_gets_quotes() -> None:
    once = fixed("x.yaml", YAML)
    assert once == YAML_FIXED
    twice = fixed("x.yaml", once)
    assert twice == YAML_FIXED.replace("Next: Yes ", 'Next: "Yes" ')
    assert check_text("x.yaml", twice) == ()


def test_a_name_that_is_there_already_is_not_written_twice() -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "comment": "x", "Comment": "y", "End": true}}}'
    assert [each.code for each in check_text("x.json", text)] == ["KF804"]
    assert fixed("x.json", text) == text


@pytest.mark.parametrize(
    ("text", "old", "new", "made"),
    [
        ('"a"', "a", "b", '"b"'),
        ('"\\u00e9"', "é", "e", '"e"'),
        ('"é"', "é", "éé", '"éé"'),
        ("'a'", "a", "b", "'b'"),
        ("'it'", "it", "it's", None),
        ("a: 1", "a", "b", "b: 1"),
        ("ab: 1", "a", "b", None),
        ('"\\u0061"', "a", "b", None),
        ("a", "a", "b c", '"b c"'),
    ],
)
def test_a_text_is_replaced_in_the_quotes_that_it_has(text: str, old: str, new: str, made: str | None) -> None:
    edit = edit_of(text, 0, old, new)
    assert (None if edit is None else edited(text, [edit])[0]) == made


def test_edits_that_overlap_or_are_of_another_text_are_left_out() -> None:
    first, second, other = Edit(0, "ab", "x"), Edit(1, "bc", "y"), Edit(3, "z", "w")
    assert edited("abcd", [second, first, other]) == ("xcd", [first])
