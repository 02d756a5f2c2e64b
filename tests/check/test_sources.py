"""Files of every kind, definitions inside templates, places, and comments that take findings out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keyflow.check import Settings, check_file, check_text
from keyflow.check.json5 import SyntaxProblem, parse
from keyflow.check.sources import read
from keyflow.diagnostics import CheckError, Severity
from keyflow.json_values import Unquoted, leaves


def found(file: str, text: str) -> list[tuple[str, int, int | None]]:
    return [
        (each.code, each.location.line, each.location.column)
        for each in check_text(file, text)
        if each.location is not None
    ]


JSON5 = """\
// a definition as people write it
{
  StartAt: 'A',
  "States": {
    /* one state */
    "A": { "Type": "Pass", "Next": "Bee", },
    "B": { "Type": "Pass", "End": true, 'Hex': 0x10, },
  },
}
"""


def test_json_with_comments_has_places() -> None:
    assert found("x.asl.json", JSON5) == [("KF811", 6, 36), ("KF813", 7, 5), ("KF804", 7, 41)]


def test_yaml_has_places() -> None:
    text = "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Next: Bee\n  B:\n    Type: Pass\n    End: yes\n"
    assert found("x.asl.yaml", text) == [("KF811", 5, 11), ("KF813", 6, 3)]


def test_a_second_key_is_where_it_stands() -> None:
    text = '{"StartAt": "A", "States": {\n "A": {"Type": "Pass", "End": true},\n "A": {"Type": "Pass", "End": true}}}'
    assert found("x.json", text) == [("KF802", 3, 2)]
    assert ("KF802", 4, 3) in found("x.yaml", "StartAt: A\nStates:\n  A: {Type: Pass, End: true}\n  A: {Type: Fail}\n")


@pytest.mark.parametrize(
    ("file", "text", "line", "column"),
    [
        ("x.json", "", 1, 1),
        ("x.json", '{"a": ', 1, 7),
        ("x.json", '{"a" 1}', 1, 6),
        ("x.json", '{\n "a": "b\n"}', 2, 7),
        ("x.json", "{} {}", 1, 4),
        ("x.json", "[1 2]", 1, 4),
        ("x.json", "{,}", 1, 2),
        ("x.json", "[" * 300, 1, 101),
        ("x.yaml", "a: [", 1, 5),
        ("x.yaml", "a: &x [*x]", 1, 4),
        ("x.yaml", "a: b: c", 1, 5),
        ("x.json", '{"a": 1,\n "b": [NaN]}', 2, 8),
        ("x.json", '{"a": 1,\n "b": -Infinity}', 2, 7),
        ("x.json", '{"a": 1,\n "b": 1e999}', 2, 7),
        ("x.json", '{"a": 1,\n "b": ' + "9" * 5000 + "}", 2, 7),
        ("x.json5", "{a: 1,\n b: +Infinity}", 2, 5),
        ("x.yaml", "a: 1\nb: .nan", 2, 4),
        ("x.yaml", "a: 1\nb: -.inf", 2, 4),
    ],
)
def test_what_is_no_document(file: str, text: str, line: int, column: int) -> None:
    assert found(file, text) == [("KF801", line, column)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{a: 1, \'b\': "c", "d": [1, 2,],}', {"a": 1, "b": "c", "d": [1, 2]}),
        ("[+1, -.5, 1., 1e3, 0xFF]", [1, -0.5, 1.0, 1000.0, 255]),
        (
            r"""['it\'s', "\u00fc\n", '\x41', 'a\
b']""",
            ["it's", "ü\n", "A", "ab"],
        ),
        ("/* a */ null // b", None),
        ("\ufeff true", True),
    ],
)
def test_json5(text: str, value: Any) -> None:
    assert parse(text).value == value


def test_words_that_are_none() -> None:
    with pytest.raises(SyntaxProblem):
        parse("nan")


def test_places_of_values_and_keys() -> None:
    source = read("x.json", '{\n  "a": [1,\n    {"b": 2}]\n}')
    assert source.place(("a",)) == (2, 8)
    assert source.place(("a",), key=True) == (2, 3)
    assert source.place(("a", 1, "b")) == (3, 11)
    assert source.place(("a", 7, "none")) == (2, 3)


SAM = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Inline:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Role: !GetAtt Role.Arn
      Definition:
        StartAt: A
        States:
          A:
            Type: Task
            Resource: !Sub arn:${AWS::Partition}:states:::sqs:sendMessage.waitForTaskToken
            TimeoutSeconds: !Ref Timeout
            Next: Nowhere
          B: {Type: Succeed}
  Text:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub |
        {
          "StartAt": "A",
          "States": {"A": {"Type": "Pass", "Next": "${Other}x", "End": true}}
        }
  Broken:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: '{"StartAt": '
  File:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      DefinitionUri: other.asl.json
  Function:
    Type: AWS::Serverless::Function
"""


def test_definitions_inside_a_template(tmp_path: Path) -> None:
    other = {"StartAt": "A", "TimeoutSeconds": 900, "States": {"A": {"Type": "Succeed"}}}
    (tmp_path / "other.asl.json").write_text(json.dumps(other))
    file = tmp_path / "template.yaml"
    file.write_text(SAM)
    shown = [
        (Path(each.location.file).name, each.code, each.location.line)
        for each in check_file(file)
        if each.location is not None
    ]
    assert shown == [
        ("other.asl.json", "KF834", 1),
        ("template.yaml", "KF834", 14),
        ("template.yaml", "KF811", 16),
        ("template.yaml", "KF813", 17),
        ("template.yaml", "KF810", 24),
        ("template.yaml", "KF801", 29),
    ]


FUNCTIONS = """\
Resources:
  Inline:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A:
            Type: Task
            Resource: !If [IsLive, !GetAtt F.Arn, !GetAtt G.Arn]
            Parameters: {"id.$": !Sub "$.${Name}", "list": !Split [",", !Ref Names]}
            Retry: [{ErrorEquals: [States.ALL], MaxAttempts: !Ref Attempts}]
            Next: B
          B: {Type: Wait, Seconds: !FindInMap [Waits, Short, Seconds], End: !If [IsLive, true, true]}
  Joined:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Join ["", ['{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"', !GetAtt F.Arn, '","End":true}}}']]
  Wrong:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString:
        Fn::Join: ["", ['{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"', {Ref: F}, '","Nxt":"B","End":true}}}']]
"""


def test_what_a_template_computes_is_not_known() -> None:
    assert [(code, line) for code, line, _column in found("t.yaml", FUNCTIONS)] == [("KF804", 23)]


def test_a_comment_takes_a_finding_out() -> None:
    line = '"A": {"Type": "Pass", "Next": "Bee"},'
    text = '{"StartAt": "A", "States": {\n%s\n"B": {"Type": "Succeed"}\n}}'
    assert found("x.json", text % line)[0][0] == "KF811"
    assert [code for code, _line, _column in found("x.json", text % f"{line} // keyflow: ignore[KF811]")] == ["KF813"]
    assert [code for code, _line, _column in found("x.json", text % f"// keyflow: ignore\n{line}")] == ["KF813"]
    assert found("x.json", text % f"{line} // keyflow: ignore[KF802]")[0][0] == "KF811"


def test_severities_are_the_readers() -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": true, "Next": "B"}]}, "B": {"Type": "Succeed"}}}'
    (found_,) = check_text("x.json", text)
    assert (found_.code, found_.severity) == ("KF823", Severity.WARNING)
    (found_,) = check_text("x.json", text, Settings({"KF823": Severity.ERROR}))
    assert found_.severity is Severity.ERROR
    assert check_text("x.json", text, Settings({"KF823": None})) == ()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="KF118"):
        check_file(tmp_path / "nowhere.json")
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CheckError, match="KF118"):
        check_file(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("file", "text", "late"),
    [
        ("a.asl.json", '{"Seconds": ${N}, "Resource": "${R}"}', {"${N}"}),
        ("a.asl.yaml", "Seconds: ${N}\nResource: ${R}\n", {"${N}"}),
        ("a.asl.yaml", "Seconds: '${N}'\nComment: ${N}\n", set()),
        ("t.yaml", "Resources:\n  M:\n    Type: T\n    Definition:\n      Seconds: ${N}\n", set()),
    ],
)
def test_a_placeholder_without_quotes_is_one_that_becomes_a_number(file: str, text: str, late: set[str]) -> None:
    """In YAML where a number is wanted; in a template nowhere, for SAM writes its definition with quotes."""
    assert {leaf for leaf in leaves(read(file, text).value) if isinstance(leaf, Unquoted)} == late
