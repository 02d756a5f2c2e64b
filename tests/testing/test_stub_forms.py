"""What a stub may be, and what is no stub though it looks like one."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import Parameter, Workflow
from keyflow.aws import dynamodb
from keyflow.diagnostics import EngineError, ProjectError
from keyflow.engine import Failure
from keyflow.testing import run_workflow


def looking() -> Workflow:
    workflow = Workflow("Look", timeout=60)
    call = dynamodb.get_item(TableName=Parameter("Stock"), Key={"pk": {"S": "x"}})
    got = workflow.task("Get", call)
    workflow.succeed({"n": got["Item"]["n"]["N"]})
    return workflow


def test_the_form_of_files_is_an_outcome() -> None:
    throw = {"Throw": {"Error": "DynamoDB.ResourceNotFoundException", "Cause": "gone"}}
    assert run_workflow(looking(), {}, {"Get": throw}).error == "UnhandledError"
    given = {"Return": {"Item": {"n": {"N": "5"}}}}
    assert run_workflow(looking(), {}, {"Get": given}).output == {"n": "5"}


def test_an_error_of_the_service_is_what_on_error_takes() -> None:
    failure = Failure(dynamodb.errors.ResourceNotFoundException)
    assert run_workflow(looking(), {}, {"Get": failure}).error == "UnhandledError"


@pytest.mark.parametrize(
    "stub",
    [
        ValueError("no"),
        Failure,
        lambda: 1,
        {"Throw": {"Error": "X"}, "Return": {}},
        Failure("TransactionCanceled"),
    ],
)
def test_what_is_no_stub(stub: Any) -> None:
    with pytest.raises(EngineError, match=r"KF604|KF611"):
        run_workflow(looking(), {}, {"Get": stub})


def test_a_parameter_misspelt() -> None:
    with pytest.raises(ProjectError, match=r"KF502.*did you mean 'Stock'"):
        run_workflow(looking(), {}, {"Get": {}}, parameters={"Stok": "stock"})
    others = {"Stock": "stock", "Stack": "of another workflow"}
    assert run_workflow(looking(), {}, {"Get": {"Item": {"n": {"N": "5"}}}}, parameters=others).status == "SUCCEEDED"


def test_a_result_that_the_service_does_not_give() -> None:
    """As TestState refuses mocks; `strict=False` lets it pass."""
    wrong = {"Get": {"Item": {"n": {"N": 5}}}}
    with pytest.raises(
        EngineError, match=r"KF612.*dynamodb:getItem cannot give this result\. Field 'N' must be a string"
    ):
        run_workflow(looking(), {}, wrong)
    assert run_workflow(looking(), {}, wrong, strict=False).output == {"n": 5}


def test_a_map_takes_its_items_from_a_stub() -> None:
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "files"}}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "Object",
        "States": {"Object": {"Type": "Pass", "OutputPath": "$.Key", "End": True}},
    }
    state = {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor, "End": True}
    definition = {"StartAt": "Objects", "States": {"Objects": state}}
    run = run_workflow(definition, {}, {"Objects": [{"Key": "a"}, {"Key": "b"}]})
    assert (run.output, run.called) == (["a", "b"], ["Objects"])
    failed = run_workflow(definition, {}, {"Objects": Failure("S3.NoSuchBucketException", "no such bucket")})
    assert (failed.error, failed.cause) == ("States.ItemReaderFailed", "no such bucket")
