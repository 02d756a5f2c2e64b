"""`keyflow suggest` and `keyflow explain SERVICE.OPERATION` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FORGETFUL = """\
from keyflow import Workflow
from keyflow.aws import apigateway, sqs

workflow = Workflow("Forgetful", timeout=100)
key = workflow.task("Create Key", apigateway.create_api_key(name=workflow.input["name"]))
plan = workflow.task("Create Plan", apigateway.create_usage_plan(name="p"))
plan.compensate("Delete Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
workflow.succeed({"id": key["id"]})
"""


def test_a_workflow_that_does_not_build_is_told_its_line(project: Path, run_alone: Run) -> None:
    (project / "definitions" / "forgetful.py").write_text(FORGETFUL)
    assert run_alone("build", "Forgetful").returncode == 1
    done = run_alone("suggest", "Forgetful")
    assert done.returncode == 0, done.stderr
    assert "definitions/forgetful.py:5: 'Create Key' makes an api key, and nothing undoes it" in done.stdout
    assert 'apigateway.delete_api_key(apiKey=key["id"])' in done.stdout
    assert "Forgetful: 1 call to say something of" in done.stdout


def test_json_is_one_object(project: Path, run: Run) -> None:
    (project / "definitions" / "forgetful.py").write_text(FORGETFUL)
    document = json.loads(run("suggest", "--format", "json").stdout)
    found = {each["name"]: each["suggestions"] for each in document["workflows"]}
    assert [each["task"] for each in found["Forgetful"]] == ["Create Key"]
    assert found["Forgetful"][0]["line"] == 5
    assert document["diagnostics"] == []


def test_a_definition_file_is_told_its_state(project: Path, run: Run) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:apigateway:createApiKey", "End": True}
    (project / "m.asl.json").write_text(json.dumps({"StartAt": "A", "States": {"A": task}}))
    done = run("suggest", "m.asl.json")
    assert "'A' makes an api key, and nothing undoes it" in done.stdout
    assert '"Resource": "arn:aws:states:::aws-sdk:apigateway:deleteApiKey"' in done.stdout
    assert "m.asl.json: 1 call to say something of" in done.stdout


@pytest.mark.parametrize(
    ("name", "code", "hint"), [("Registr", "KF113", "did you mean 'Register'?"), ("no.json", "KF118", "No such file")]
)
def test_what_is_not_there_is_said(run: Run, name: str, code: str, hint: str) -> None:
    done = run("suggest", name)
    assert done.returncode == 1
    assert code in done.stderr
    assert hint in done.stderr


@pytest.mark.parametrize("name", ["dynamodb.update_item", "dynamodb:UpdateItem", "dynamodb.UpdateItem"])
def test_an_operation_is_explained_by_any_of_its_names(run: Run, name: str) -> None:
    done = run("explain", name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("dynamodb.update_item\n")
    assert "changes an item that was there before, or makes it where there is none" in done.stdout
    assert "dynamodb:UpdateItem" in done.stdout
    assert "ConditionalCheckFailedException" in done.stdout


def test_a_page_says_what_undoes_and_finds(run: Run) -> None:
    said = " ".join(run("explain", "apigateway.create_api_key").stdout.split())
    assert "undone by delete_api_key(apiKey=the result's id)" in said
    assert "found by get_api_keys(), in items" in said
    assert "recognised by description, customerId, tags" in said


def test_a_page_is_json(run: Run) -> None:
    document = json.loads(run("explain", "s3.put_object", "--format", "json").stdout)
    (page,) = document["operations"]
    assert (page["effect"], page["upsert"], page["basis"]) == ("creates", True, "decided")
    assert page["undone_by"] == {"delete_object": {"Bucket": "input.Bucket", "Key": "input.Key"}}
    assert page["actions"] == ["s3:PutObject"]
    assert document["codes"] == document["rules"] == document["diagnostics"] == []


@pytest.mark.parametrize("name", ["lambda_.invoke", "lambda.invoke", "cognito_idp.sign_up", "cognito-idp.sign_up"])
def test_services_go_by_pythons_names_too(run: Run, name: str) -> None:
    assert run("explain", name).returncode == 0


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("dynamdb.put_item", "did you mean 'dynamodb'?"),
        ("dynamodb.put_itm", "did you mean 'put_item'?"),
        ("qqqqqqqq.of", "names are boto3's"),
    ],
)
def test_an_unknown_operation_is_met_with_the_nearest(run: Run, name: str, hint: str) -> None:
    done = run("explain", name)
    assert done.returncode == 1
    assert "KF113" in done.stderr
    assert hint in done.stderr
