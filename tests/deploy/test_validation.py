"""What AWS answers to ValidateStateMachineDefinition becomes diagnostics at places of the user's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from keyflow.check import deployed_definitions
from keyflow.deploy.target import Clients
from keyflow.deploy.validation import path_of, validated
from keyflow.diagnostics import DeployError

DOCUMENT: Any = {
    "StartAt": "Is it a/b [0]?",
    "States": {
        "Is it a/b [0]?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "B"}, {"And": [{"Variable": "$.y"}], "Next": "B"}],
        },
        "B": {"Type": "Succeed"},
    },
}
CHOICE = ("States", "Is it a/b [0]?")


@pytest.mark.parametrize(
    ("pointer", "path"),
    [
        ("", ()),
        ("/", ()),
        ("/StartAt", ("StartAt",)),
        ("/States/B/Type", ("States", "B", "Type")),
        ("/States/Is it a/b [0]?/Choices[1]/And[0]/Variable", (*CHOICE, "Choices", 1, "And", 0, "Variable")),
        ("/States/Is it a~1b [0]?/Choices/0/Next", (*CHOICE, "Choices", 0, "Next")),
        ("/States/B/Resource", ("States", "B")),
        ("/States/Is it a/b [0]?/Choices[7]/Next", (*CHOICE, "Choices")),
        ("/nowhere", ()),
    ],
)
def test_a_location_leads_to_what_is_nearest(pointer: str, path: Any) -> None:
    assert path_of(pointer, DOCUMENT) == path


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Clients:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    return Clients(region="eu-central-1")


ANSWER = {
    "result": "FAIL",
    "truncated": True,
    "diagnostics": [
        {
            "severity": "ERROR",
            "code": "MISSING_TRANSITION_TARGET",
            "message": "Missing 'Next' target: C",
            "location": "/States/A/Next",
        },
        {"severity": "WARNING", "code": "PENDING", "message": "no place", "location": ""},
    ],
}


def test_findings_have_places_in_the_file(tmp_path: Path, clients: Clients) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(
        "Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      Type: EXPRESS\n"
        "      DefinitionSubstitutions: {Target: C}\n      Definition:\n        StartAt: A\n        States:\n"
        '          A: {Type: Pass, Next: "${Target}"}\n'
    )
    (definition,) = deployed_definitions(file)
    sent = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "C"}}})
    with Stubber(clients.client("stepfunctions")) as stubs:
        expected = {"definition": sent, "type": "EXPRESS", "severity": "WARNING"}
        stubs.add_response("validate_state_machine_definition", ANSWER, expected)
        found = list(validated(clients, definition))
    assert [(each.code, each.severity.value, each.location.line) for each in found if each.location] == [
        ("KF552", "error", 10),
        ("KF552", "warning", 8),
        ("KF552", "warning", 1),
    ]
    assert found[0].message == "AWS: MISSING_TRANSITION_TARGET: Missing 'Next' target: C"
    assert found[0].location is not None
    assert (found[0].location.file, found[0].location.column) == (str(file), 33)


def test_a_refusal_is_aws_s_and_not_the_definition_s(tmp_path: Path, clients: Clients) -> None:
    file = tmp_path / "a.asl.json"
    file.write_text(json.dumps(DOCUMENT))
    (definition,) = deployed_definitions(file, "STANDARD")
    with Stubber(clients.client("stepfunctions")) as stubs:
        stubs.add_client_error(
            "validate_state_machine_definition",
            "AccessDeniedException",
            expected_params={"definition": ANY, "type": "STANDARD", "severity": "WARNING"},
        )
        with pytest.raises(DeployError) as caught:
            list(validated(clients, definition))
    assert [each.code for each in caught.value.diagnostics] == ["KF503"]


def test_a_number_that_a_deployment_puts_in_is_sent_as_one(tmp_path: Path, clients: Clients) -> None:
    """Between quotes AWS would refuse it, and it is none of the definition's mistakes."""
    file = tmp_path / "x.asl.json"
    file.write_text('{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${Delay}, "End": true}}}')
    sent = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": True}}}
    machines = Stubber(clients.client("stepfunctions"))
    expected = {"definition": json.dumps(sent), "type": "STANDARD", "severity": "WARNING"}
    machines.add_response("validate_state_machine_definition", {"result": "OK", "diagnostics": []}, expected)
    with machines:
        assert [list(validated(clients, each)) for each in deployed_definitions(file)] == [[]]
