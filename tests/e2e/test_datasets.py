"""Maps that read their items from S3 and write their results there, on a real engine with a real S3."""

from __future__ import annotations

import json
import time
from typing import Any, Literal

import pytest

from keyflow import Workflow
from keyflow.aws import apigateway, s3, sqs
from keyflow.compiler import compile_workflow
from tests.e2e.localstack import Engine

pytestmark = pytest.mark.e2e

BUCKET = "keyflow-datasets"
ROLE = "arn:aws:iam::000000000000:role/any"
LANGUAGES = ("JSONPath", "JSONata")


@pytest.fixture(scope="module", autouse=True)
def files(engine: Engine) -> None:
    store = engine.client("s3")
    store.create_bucket(Bucket=BUCKET)
    store.put_object(Bucket=BUCKET, Key="rows.csv", Body=b"id,name\n1,a\n2,b\n3,c\n")
    store.put_object(Bucket=BUCKET, Key="rows.json", Body=b'[{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]')


def run(engine: Engine, workflow: Workflow, data: Any) -> Any:
    """How the workflow ends there."""
    states = engine.client("stepfunctions")
    definition = json.dumps(compile_workflow(workflow).document)
    made = states.create_state_machine(
        name=f"{workflow.name}{time.monotonic_ns()}", definition=definition, roleArn=ROLE
    )
    started = states.start_execution(stateMachineArn=made["stateMachineArn"], input=json.dumps(data))
    deadline = time.monotonic() + 60
    while (ended := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return ended


def keys(engine: Engine) -> list[str]:
    return sorted(key["name"] for key in engine.client("apigateway").get_api_keys()["items"])


def registering(language: Literal["JSONPath", "JSONata"], queue: str, **reader: Any) -> Workflow:
    """A key for each row of a file, and a message with all of them."""
    workflow = Workflow("Register", type="STANDARD", query_language=language)
    rows = s3.get_object(Bucket=BUCKET, Key=workflow.input["key"])
    with workflow.map("Rows", rows, distributed="STANDARD", **reader) as row:
        key = workflow.task("Make Key", apigateway.create_api_key(name=row["name"]))
        key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    tell = workflow.task("Tell", sqs.send_message(QueueUrl=queue, MessageBody={"names": row.collect(row["name"])}))
    tell.keep("whoever hears of a key looks it up")
    workflow.succeed({"ids": row.collect(row["id"])})
    return workflow


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_files_rows_are_items_and_are_undone(engine: Engine, language: Any) -> None:
    queue = engine.client("sqs").create_queue(QueueName=f"told-{language}")["QueueUrl"]
    csv = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    before = keys(engine)
    undone = run(engine, registering(language, f"{queue}-gone", reader_config=csv), {"key": "rows.csv"})
    assert (undone["status"], undone["error"]) == ("FAILED", "UnhandledError")
    assert keys(engine) == before
    unread = run(engine, registering(language, queue, reader_config=csv), {"key": "nowhere.csv"})
    assert (unread["status"], unread["error"]) == ("FAILED", "UnhandledError")
    done = run(engine, registering(language, queue, reader_config=csv), {"key": "rows.csv"})
    assert json.loads(done["output"]) == {"ids": ["1", "2", "3"]}
    assert keys(engine) == sorted([*before, "a", "b", "c"])
    done = run(engine, registering(language, queue, reader_config={"InputType": "JSON"}), {"key": "rows.json"})
    assert json.loads(done["output"]) == {"ids": ["1", "2"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_objects_of_a_bucket_are_items(engine: Engine, language: Any) -> None:
    workflow = Workflow("List", type="STANDARD", query_language=language)
    objects = s3.list_objects_v2(Bucket=BUCKET, Prefix="rows")
    with workflow.map("Objects", objects, distributed="STANDARD") as each:
        workflow.task("Look", apigateway.get_account())
    workflow.succeed({"keys": each.collect(each["Key"])})
    assert json.loads(run(engine, workflow, {})["output"]) == {"keys": ["rows.csv", "rows.json"]}


def test_the_manifest_is_where_the_workflow_says(engine: Engine) -> None:
    """The engine writes no results beside it, takes no path for a prefix, and knows ResultWriter in JSONPath only."""
    workflow = Workflow("Write", type="STANDARD")
    target = {"Bucket": BUCKET, "Prefix": "results"}
    with workflow.map("Rows", workflow.input["rows"], distributed="STANDARD", result_writer=target) as row:
        key = workflow.task("Make Key", apigateway.create_api_key(name=row["name"]))
        row.write({"row": row["name"], "key": key["name"]})
    workflow.succeed({"manifest": row.results["ResultWriterDetails"]["Key"]})
    ended = run(engine, workflow, {"rows": [{"name": "x"}, {"name": "y"}]})
    assert ended["status"] == "SUCCEEDED", ended
    manifest = json.loads(ended["output"])["manifest"]
    found = engine.client("s3").get_object(Bucket=BUCKET, Key=manifest)["Body"].read()
    assert json.loads(found)["DestinationBucket"] == BUCKET
    assert {"x", "y"} <= set(keys(engine))
