"""A definition that runs again and again in a session of tests: it is read once, and no run changes another."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.testing import run_workflow

VALUE = {"list": [], "object": {"text": "${Name}"}}
PASSES: list[dict[str, Any]] = [
    {"Result": VALUE},
    {"Parameters": VALUE},
    {"Result": VALUE, "ResultPath": "$.list", "OutputPath": "$.list"},
    {"Result": VALUE, "Assign": {"kept": VALUE}},
    {"QueryLanguage": "JSONata", "Output": VALUE},
]


def document(fields: dict[str, Any]) -> dict[str, Any]:
    language = {"QueryLanguage": fields["QueryLanguage"]} if "QueryLanguage" in fields else {}
    return {**language, "StartAt": "Make", "States": {"Make": {"Type": "Pass", **fields, "End": True}}}


@pytest.mark.parametrize("fields", PASSES)
def test_what_a_test_changes_of_an_output_the_next_run_does_not_have(fields: dict[str, Any]) -> None:
    first = run_workflow(document(fields), parameters={"Name": "n"})
    output: Any = first.output
    output["list"].append("changed")
    output["object"].clear()
    again = run_workflow(document(fields), parameters={"Name": "n"})
    assert again.output == {"list": [], "object": {"text": "n"}}
    assert again.machine is first.machine


def test_another_document_and_other_parameters_are_read_anew() -> None:
    changing = document({"Result": VALUE})
    assert run_workflow(changing, parameters={"Name": "n"}).output["object"] == {"text": "n"}
    assert run_workflow(changing, parameters={"Name": "m"}).output["object"] == {"text": "m"}
    changing["States"]["Make"]["Result"] = 7
    assert run_workflow(changing).output == 7
