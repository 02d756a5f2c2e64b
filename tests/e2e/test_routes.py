"""The other kinds of routes, and deployment itself, on the engine through the real CLI."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.conftest import keyflow
from tests.e2e.localstack import Engine, make_table

pytestmark = pytest.mark.e2e

DEFINITION = """
from keyflow import Api, Parameter, Workflow, format, intrinsics
from keyflow.aws import dynamodb

table = Parameter("Table")

echo = Workflow("Echo", timeout=20)
echo.fail_if(echo.input["body"]["fail"].is_present(), "Told", "it's \\"bad\\" {ü}\\nreally")
echo.succeed({"input": echo.input, "text": format("{}: {}", echo.input["id"], echo.input["q"]),
              "parts": intrinsics.string_split(echo.input["id"], "-")})

nap = Workflow("Nap", timeout=1)
nap.state("Sleep", {"Type": "Wait", "SecondsPath": "$.seconds"})
nap.succeed()

keep = Workflow("Keep", type="STANDARD", timeout=60)
keep.task("Put", dynamodb.put_item(TableName=table, Item={"pk": {"S": keep.input["id"]}}))
keep.succeed({"kept": keep.input["id"]})

api = Api("things", cors="*")
api.post("/echo/{id}", echo, success=201, errors={"Told": 422}, input={
    "body": api.body, "id": api.path["id"], "q": api.query["q"], "h": api.headers["X-Thing"],
    "dash": api.body["a-b"]["c.d"], "home": "${HOME}",
    "literal": "$foo #if(x) it's \\"q\\" \\\\ ü", "more": [1, True, None, {}]})
api.post("/nap", nap, input=api.body)
api.post("/keep/{id}", keep, asynchronous=True, input={"id": api.path["id"]})
api.get("/keep/{id}", dynamodb.get_item(TableName=table, Key={"pk": {"S": api.path["id"]}}))
"""


@dataclass(frozen=True)
class Site:
    engine: Engine
    project: Path
    base: str

    def arguments(self, *more: str) -> list[str]:
        where = ["--stage", "t1", "--endpoint-url", self.engine.url, "--yes", "--param", "Table=things"]
        return [*where, "--format", "json", *more]


@pytest.fixture(scope="module")
def site(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Site:
    project = tmp_path_factory.mktemp("site")
    (project / "keyflow.toml").write_text('name = "site"\n')
    (project / "definitions").mkdir()
    (project / "definitions" / "things.py").write_text(DEFINITION)
    make_table(engine, "things", "pk")
    bare = Site(engine, project, "")
    done = keyflow("deploy", *bare.arguments(), cwd=project)
    assert done.returncode == 0, done.stderr
    url = json.loads(done.stdout)["endpoints"][0]["url"]
    return Site(engine, project, url.removesuffix("/echo/{id}"))


def test_every_part_of_a_request_arrives_unchanged(site: Site) -> None:
    body = {"a-b": {"c.d": [1, "x"]}, "a": 'it\'s "x" \\ \n 😀', "b": [1, {"c": None}]}
    answer = requests.post(
        f"{site.base}/echo/o'neil-x", params={"q": 'it\'s "q" 😀'}, json=body, headers={"X-Thing": "h'h"}, timeout=60
    )
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "input": {
            "body": body,
            "id": "o'neil-x",
            "q": 'it\'s "q" 😀',
            "h": "h'h",
            "dash": [1, "x"],
            "home": "${HOME}",
            "literal": '$foo #if(x) it\'s "q" \\ ü',
            "more": [1, True, None, {}],
        },
        "text": "o'neil-x: it's \"q\" 😀",
        "parts": ["o'neil", "x"],
    }


def test_what_is_not_sent_is_empty(site: Site) -> None:
    found = requests.post(f"{site.base}/echo/x", json={}, timeout=60).json()["input"]
    assert (found["q"], found["h"]) == ("", "")


def test_a_declared_error_answers_with_its_cause(site: Site) -> None:
    answer = requests.post(f"{site.base}/echo/x", json={"fail": 1}, timeout=60)
    assert (answer.status_code, answer.json()) == (422, {"message": 'it\'s "bad" {ü}\nreally'})


def test_an_execution_that_times_out_answers_504(site: Site) -> None:
    answer = requests.post(f"{site.base}/nap", json={"seconds": 5}, timeout=60)
    assert (answer.status_code, answer.json()) == (504, {"message": "The request took too long"})


def test_an_input_that_is_no_object_is_no_success(site: Site) -> None:
    """Without a schema AWS lets it pass, and the execution fails; the engine here refuses it itself."""
    answer = requests.post(f"{site.base}/nap", json=["x"], timeout=60)
    assert answer.status_code in (400, 500)


def test_an_asynchronous_route_starts_the_execution(site: Site) -> None:
    answer = requests.post(f"{site.base}/keep/later", timeout=60)
    assert answer.status_code == 202
    execution = answer.json()["executionArn"]
    states = site.engine.client("stepfunctions")
    deadline = time.monotonic() + 30
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert json.loads(found["output"]) == {"kept": "later"}
    read = requests.get(f"{site.base}/keep/later", timeout=60)
    assert (read.status_code, read.json()) == (200, {"Item": {"pk": {"S": "later"}}})


def test_a_refused_start_answers_500_or_429(site: Site) -> None:
    """Step Functions' own refusal is no success: here the state machine is gone."""
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:Nap-t1"
    site.engine.client("stepfunctions").delete_state_machine(stateMachineArn=arn)
    try:
        answer = requests.post(f"{site.base}/nap", json={"seconds": 0}, timeout=60)
        assert (answer.status_code, answer.json()) == (500, {"message": "Something went wrong"})
    finally:
        done = keyflow("deploy", *site.arguments(), cwd=site.project)
    changes = {each["resource"]: each["action"] for each in json.loads(done.stdout)["changes"]}
    assert changes.pop("state machine Nap-t1") == "create"
    assert changes.pop("alias Nap-t1:live") == "update"  # AWS deletes it with the state machine
    assert set(changes.values()) == {"keep"}


def test_a_dry_run_changes_nothing(site: Site) -> None:
    done = keyflow("deploy", *site.arguments("--dry-run"), cwd=site.project)
    assert done.returncode == 0
    assert {each["action"] for each in json.loads(done.stdout)["changes"]} == {"keep"}


def test_destroy_removes_the_stage_and_nothing_else(site: Site) -> None:
    (site.project / "definitions" / "more.py").write_text(
        "from keyflow import Workflow\nw = Workflow('More', type='STANDARD')\nw.succeed()\n"
    )
    arguments = ["--stage", "t2", "--endpoint-url", site.engine.url, "--yes", "--format", "json"]
    assert keyflow("deploy", "More", *arguments, cwd=site.project).returncode == 0
    done = keyflow("destroy", "More", *arguments, cwd=site.project)
    removed: Any = json.loads(done.stdout)["changes"]
    assert [each["resource"].split(" More")[0] for each in removed] == [
        "state machine",
        "log group /aws/vendedlogs/states/More-t2",
        "role",
    ]
    names = [each["name"] for each in site.engine.client("stepfunctions").list_state_machines()["stateMachines"]]
    assert "More-t2" not in names
    assert "Echo-t1" in names
    again = keyflow("destroy", "More", *arguments, cwd=site.project)
    assert json.loads(again.stdout)["changes"] == []
