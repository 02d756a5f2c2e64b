"""Definitions of YAML files and templates are proven as those of JSON files are, at their own lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyflow.diagnostics import ProjectError
from keyflow.verify import FileOrigin, definitions_of, prove

STATES = """\
StartAt: Make
TimeoutSeconds: 60
States:
  Make:
    Type: Task
    Resource: arn:aws:states:::aws-sdk:apigateway:createApiKey
    Parameters: {Name: k}
    TimeoutSeconds: 5
    ResultPath: null
    Next: Look
  Look:
    Type: Parallel
    Branches:
      - StartAt: Read
        States:
          Read: {Type: Task, Resource: "arn:aws:states:::aws-sdk:apigateway:getAccount", TimeoutSeconds: 5, End: true}
    End: true
"""


def template(*names: str) -> str:
    inside = STATES.replace("\n", "\n        ").rstrip()
    machines = [
        f"  {name}:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      Definition:\n        {inside}\n"
        for name in names
    ]
    return "Resources:\n" + "".join(machines)


def violated(file: Path, definition: str | None = None) -> list[tuple[str, int]]:
    """The states whose work is left, with their lines."""
    subject = FileOrigin(file=str(file), definition=definition).load()
    proof = prove(subject, depth=1)
    found = sorted({each.finding.state for each in proof.violations})
    places = [subject.place(state) for state in found]
    return [(state, place.line if place else 0) for state, place in zip(found, places, strict=True)]


def test_a_definition_in_yaml(tmp_path: Path) -> None:
    file = tmp_path / "keys.asl.yaml"
    file.write_text(STATES)
    assert violated(file) == [("Make", 4)]
    (found,) = definitions_of(str(file))
    assert (found.name, found.places["Read"].line) == ("keys", 16)


def test_each_definition_of_a_template(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(template("First", "Second"))
    assert [each.name for each in definitions_of(str(file))] == ["First", "Second"]
    first, second = (violated(file, name) for name in ("First", "Second"))
    assert [state for state, _line in (*first, *second)] == ["Make", "Make"]
    assert first[0][1] < second[0][1]


def test_a_definition_beside_its_template(tmp_path: Path) -> None:
    (tmp_path / "keys.asl.yaml").write_text(STATES)
    file = tmp_path / "template.yaml"
    reference = "    Type: AWS::Serverless::StateMachine\n    Properties: {DefinitionUri: keys.asl.yaml}\n"
    file.write_text(f"Resources:\n  Keys:\n{reference}")
    assert violated(file, "Keys") == [("Make", 4)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("broken.yaml", "States: [unclosed"),
        ("empty.yaml", "Resources:\n  Queue: {Type: AWS::SQS::Queue}\n"),
        (
            "text.yaml",
            "Resources:\n  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties: {DefinitionString: '{'}\n",
        ),
        ("missing.json", ""),
    ],
)
def test_what_has_no_definition(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ProjectError, match="KF118"):
        definitions_of(str(tmp_path / name))
