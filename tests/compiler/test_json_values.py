"""Values of Python that JSON does not have: each is an error at its line, whatever holds it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import pytest

from keyflow import Api, DefinitionError, StateMachine, Workflow, format
from keyflow.aws import dynamodb, lambda_
from keyflow.compiler import compile_workflow

Language = Literal["JSONPath", "JSONata"]
BAD = [
    ({1, 2}, "JSON has no set: {1, 2}"),
    (datetime(2026, 1, 1), "JSON has no datetime: datetime.datetime(2026, 1, 1, 0, 0)"),
    (b"bytes", "JSON has no bytes: b'bytes'"),
    (float("nan"), "JSON has no nan"),
    ({"deep": [{"er": float("inf")}]}, "JSON has no inf"),
    ({1: "one"}, "a key is text in JSON, not 1"),
]


def payload(value: Any, language: Language) -> Workflow:
    workflow = Workflow("W", query_language=language)
    workflow.task("Call", lambda_.invoke(FunctionName="f", Payload={"v": value}), timeout=5)
    return workflow


def beside_a_value(value: Any, language: Language) -> Workflow:
    workflow = Workflow("W", query_language=language)
    given = {"v": [workflow.input["x"], value]}
    workflow.task("Call", lambda_.invoke(FunctionName="f", Payload=given), timeout=5)
    return workflow


def output(value: Any, language: Language) -> Workflow:
    workflow = Workflow("W", query_language=language)
    workflow.task("Call", lambda_.invoke(FunctionName="f"), timeout=5)
    workflow.succeed({"v": value})
    return workflow


def raw(value: Any, language: Language) -> Workflow:
    workflow = Workflow("W", query_language=language)
    field = "Output" if language == "JSONata" else "Parameters"
    workflow.state("Raw", {"Type": "Pass", field: {"v": value}})
    return workflow


def result(value: Any, language: Language) -> StateMachine:
    machine = StateMachine("M", query_language=language)
    if language == "JSONata":
        machine.pass_state("A", output={"v": value})
    else:
        machine.pass_state("A", result={"v": value})
    return machine


def raw_in_a_machine(value: Any, language: Language) -> StateMachine:
    machine = StateMachine("M", query_language=language)
    field = "Output" if language == "JSONata" else "Result"
    machine.state("A", {"Type": "Pass", field: {"v": value}})
    return machine


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize("write", [payload, beside_a_value, output, raw, result, raw_in_a_machine])
@pytest.mark.parametrize(("value", "message"), BAD)
def test_what_json_has_not_is_told(value: Any, message: str, write: Callable[..., Any], language: Language) -> None:
    with pytest.raises(DefinitionError) as told:
        compile_workflow(write(value, language))
    (found,) = told.value.diagnostics
    assert message in found.message
    assert found.code == ("KF227" if write in (raw, raw_in_a_machine) else "KF307")
    assert found.location is not None
    assert found.location.file.endswith("test_json_values.py")


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize("write", [payload, beside_a_value, output])
def test_a_decimal_without_an_end_is_no_number(write: Callable[..., Any], language: Language) -> None:
    with pytest.raises(DefinitionError, match="KF307: JSON has no -inf"):
        compile_workflow(write(Decimal("-Infinity"), language))


@pytest.mark.parametrize("value", [Api.body["x"], format("x/{}", Api.body["x"])], ids=["alone", "in a format"])
def test_a_part_of_a_request_is_handed_over_as_input(value: Any) -> None:
    workflow = Workflow("A", timeout=20)
    workflow.task("Get", dynamodb.get_item(TableName="t", Key={"pk": {"S": value}}))
    workflow.succeed()
    with pytest.raises(DefinitionError) as raised:
        compile_workflow(workflow)
    (found,) = raised.value.diagnostics
    assert (found.code, found.message) == ("KF307", "api.body['x'] is a request's: an execution knows its input only")
    assert found.hint == "input={'x': api.body['x']} on the route hands it over, as workflow.input['x']"
