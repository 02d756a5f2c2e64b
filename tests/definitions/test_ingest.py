"""`definitions/ingest.py`: rows are made, stored batch by batch and reported; the file between does not stay."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest

from keyflow.engine import Boto3, Failure, Outcome, Stubs, Success, TaskCall
from keyflow.http.gateway import Request
from keyflow.testing import WorkflowRun
from tests.definitions.local import integration, sent, services

PARAMETERS = {"IngestBucket": "ingest", "RowsJob": "rows", "ReadingTable": "readings"}
UPLOAD = {"upload": "2026/may.xlsx"}
HEADER = "sensor,at,value\n"
GOOD = HEADER + "".join(f"s{each % 7},2026-05-{each:03},{each}.5\n" for each in range(250))
BAD = HEADER + "s1,2026-05-001,1.5\ns2,2026-05-001,warm\n"
COUNTED = Success({"ItemCounts": {"Succeeded": 250, "Failed": 0}})
Running = Callable[..., WorkflowRun]


@dataclass(frozen=True)
class Job:
    """Answers for the Glue job, which writes rows and comes to an end; for everything else the services do."""

    services: Boto3
    rows: str
    end: Outcome

    def call(self, call: TaskCall) -> Outcome:
        if call.state != "Make Rows":
            return self.services.call(call)
        given = call.parameters["Arguments"]
        _client("s3").put_object(Bucket=given["--bucket"], Key=given["--rows"], Body=self.rows.encode())
        return self.end


@cache
def _client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


def objects(prefix: str) -> list[str]:
    """The keys of the bucket's objects under a prefix."""
    found = _client("s3").list_objects_v2(Bucket="ingest", Prefix=prefix).get("Contents", [])
    return [each["Key"] for each in found]


def stored() -> int:
    """How many readings there are."""
    count: int = _client("dynamodb").scan(TableName="readings", Select="COUNT")["Count"]
    return count


@pytest.fixture
def ingest(run_workflow: Running) -> Iterator[Running]:
    """Runs the workflow over the services and the job; the stubs answer instead of them."""
    with services("Ingest", PARAMETERS) as runner:
        keys = [{"AttributeName": "sensor", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}]
        _client("dynamodb").delete_table(TableName="readings")
        _client("dynamodb").create_table(
            TableName="readings",
            KeySchema=keys,
            AttributeDefinitions=[{"AttributeName": each["AttributeName"], "AttributeType": "S"} for each in keys],
            BillingMode="PAY_PER_REQUEST",
        )

        def running(rows: str = GOOD, end: Outcome | None = None, **stubs: Outcome) -> WorkflowRun:
            answers = {"Count Rows": COUNTED, **{name.replace("_", " "): answer for name, answer in stubs.items()}}
            job = Job(runner, rows, end or Success({"JobRunState": "SUCCEEDED"}, seconds=600))
            return run_workflow("Ingest", UPLOAD, Stubs(answers, otherwise=job, strict=False), parameters=PARAMETERS)

        yield running


def test_every_row_is_stored_and_the_report_names_the_sensors(ingest: Running) -> None:
    run = ingest()
    assert run.status == "SUCCEEDED", run
    assert stored() == 250
    report = next(key for key in objects("reports/") if key.endswith("SUCCEEDED_0.json"))
    assert run.output == {"stored": 250, "failed": 0, "report": report.replace("SUCCEEDED_0.json", "manifest.json")}
    written = json.loads(_client("s3").get_object(Bucket="ingest", Key=report)["Body"].read())
    batches = [json.loads(each["Output"]) for each in written]
    assert [len(batch["sensors"]) for batch in batches] == [100, 100, 50]
    assert objects("staged/") == []


def test_batches_that_fail_are_tolerated_as_far_as_is_said(ingest: Running) -> None:
    rows = HEADER + "".join(f"s,{each},{'warm' if each % 100 == 0 else each}\n" for each in range(1000))
    assert ingest(rows).status == "SUCCEEDED"
    rows = HEADER + "".join(f"s,{each},{'warm' if each % 100 == 0 else each}\n" for each in range(1100))
    assert ingest(rows).error == "UnhandledError"
    assert objects("staged/") == []


def test_a_job_that_fails_half_way_leaves_no_rows(ingest: Running) -> None:
    run = ingest(GOOD[:100], Failure("States.TaskFailed", "out of memory", 60))
    assert (run.error, run.compensated) == ("UnhandledError", ["Discard Rows"])
    assert "memory" not in (run.cause or "")
    assert (objects("staged/"), stored()) == ([], 0)


def test_a_job_that_takes_too_long_leaves_no_rows(ingest: Running) -> None:
    run = ingest(end=Failure("States.Timeout", seconds=3600))
    assert (run.error, run.compensated) == ("UnhandledError", ["Discard Rows"])
    assert objects("staged/") == []


def test_rows_that_cannot_be_discarded_are_named(ingest: Running) -> None:
    run = ingest(end=Failure("States.TaskFailed"), Discard_Rows=Failure("S3.S3Exception"))
    assert run.error == "CompensationFailed"
    assert objects("staged/")[0] in (run.cause or "")


def test_a_rows_file_that_stays_after_the_pivot_is_owed(ingest: Running) -> None:
    run = ingest(Remove_Rows=Failure("S3.S3Exception"))
    assert (run.error, run.compensated) == ("CompletionFailed", [])
    assert (stored(), len(objects("reports/"))) == (250, 2)


def test_the_caller_gets_an_id_and_asks_by_it() -> None:
    assert json.loads(sent("uploads", "POST /uploads", Request(json.dumps(UPLOAD)))["input"]) == UPLOAD
    arn = "arn:aws:states:eu-west-1:111122223333:execution:Ingest-dev:4f0c"
    given: Any = integration("uploads", "POST /uploads").answered(
        200, {"executionArn": arn, "startDate": "2026-05-01T00:00:00Z"}
    )
    assert (given.status, given.json()["id"]) == (202, "4f0c")
    asked = sent("uploads", "GET /uploads/{id}", Request(path={"id": given.json()["id"]}))
    assert asked["executionArn"].endswith(":execution:arn:aws:x:::IngestStateMachine.Name:4f0c")


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        ({"status": "RUNNING"}, {"status": "RUNNING"}),
        ({"status": "FAILED", "error": "UnhandledError", "cause": "inside"}, {"status": "FAILED"}),
        ({"status": "SUCCEEDED", "output": '{"stored": 250}'}, {"status": "SUCCEEDED", "rows": {"stored": 250}}),
    ],
)
def test_how_far_it_is(found: dict[str, str], answer: Any) -> None:
    given = integration("uploads", "GET /uploads/{id}").answered(200, {"executionArn": "a", **found})
    assert (given.status, given.json()) == (200, answer)


def test_an_upload_that_is_not_there() -> None:
    refused = {"__type": "com.amazonaws.swf.service.v2.model#ExecutionDoesNotExist", "message": "a:b"}
    assert integration("uploads", "GET /uploads/{id}").answered(400, refused).status == 404
