"""What is asked of a deployed stage, of a real engine through the real CLI: executions, logs, times of answers.

The sessions of docs/operating.md are played, too.
"""

from __future__ import annotations

import json
import re
import shlex
import uuid
from pathlib import Path
from typing import Any

import pytest

from keyflow.operations.statistics import FEWEST
from tests.e2e.conftest import ACCOUNT, STAGE, TABLE, Deployed, keyflow
from tests.e2e.localstack import Engine, make_table

pytestmark = pytest.mark.e2e


def unique(name: str = "asked") -> str:
    return f"{name}{uuid.uuid4().hex[:8]}"


def asked(deployed: Deployed, command: str, *arguments: str) -> tuple[int, str, str]:
    """A command's exit code, and what it printed."""
    done = keyflow(command, *arguments, "--stage", STAGE, "--endpoint-url", deployed.engine.url)
    return done.returncode, done.stdout, done.stderr


def invoked(deployed: Deployed, workflow: str, given: Any, *arguments: str) -> tuple[int, Any]:
    code, printed, said = asked(
        deployed, "invoke", workflow, "--input", json.dumps(given), "--format", "json", *arguments
    )
    assert printed, said
    return code, json.loads(printed)


def names(trace: list[Any]) -> list[str]:
    return [each["state"] for each in trace]


def consumer(deployed: Deployed) -> dict[str, Any]:
    """The input of a provisioning whose name is claimed and whose key is made."""
    name, claim = unique("consumer"), unique("claim")
    key = deployed.engine.client("apigateway").create_api_key(name=name, enabled=True)["id"]
    item = {"pk": {"S": "consumer#"}, "sk": {"S": name}, "owner": {"S": claim}, "status": {"S": "claimed"}}
    deployed.engine.client("dynamodb").put_item(TableName=TABLE, Item=item)
    return {"name": name, "keyId": key, "claim": claim}


def test_an_express_execution_does_its_work_and_its_logs_are_its_trace(deployed: Deployed) -> None:
    name = unique()
    code, found = invoked(deployed, "AddApiKey", {"detail": {"name": name}}, "--name", name)
    assert (code, found["status"], found["type"], found["diagnostics"]) == (0, "SUCCEEDED", "EXPRESS", [])
    (key,) = deployed.keys(name)
    value = deployed.engine.client("apigateway").get_api_key(apiKey=key["id"], includeValue=True)["value"]
    assert found["output"]["apiKey"] == value
    definition = json.loads((Path(__file__).parents[2] / "build" / "AddApiKey.asl.json").read_text())
    assert names(found["trace"])[0] == definition["StartAt"]
    assert {"Create Api Key", "Save Api Key"} <= set(names(found["trace"]))
    assert all(each["seconds"] is not None and not each["errors"] for each in found["trace"])
    assert sum(each["seconds"] for each in found["trace"] if not each["depth"]) <= found["seconds"] + 0.5


def test_a_standard_execution_is_followed_to_its_end(deployed: Deployed) -> None:
    given = consumer(deployed)
    code, found = invoked(deployed, "ProvisionConsumer", given)
    assert (code, found["status"], found["type"]) == (0, "SUCCEEDED", "STANDARD"), found
    (plan,) = deployed.plans(given["name"])
    assert deployed.links(plan["id"]) == [given["keyId"]]
    assert [
        each for each in names(found["trace"]) if each in ("Adopt Consumer", "Create Plan", "Link Key", "Open")
    ] == [
        "Adopt Consumer",
        "Create Plan",
        "Link Key",
        "Open",
    ]


def test_a_failed_execution_shows_the_error_of_its_state(deployed: Deployed) -> None:
    code, found = invoked(deployed, "ProvisionConsumer", {"name": unique(), "keyId": "k", "claim": "c"})
    assert (code, found["status"], found["error"]) == (1, "FAILED", "Abandoned")
    (adopt,) = (each for each in found["trace"] if each["state"] == "Adopt Consumer")
    assert [each["error"] for each in adopt["errors"]] == ["DynamoDB.ConditionalCheckFailedException"]


def test_what_is_started_and_left_is_found_in_the_logs(deployed: Deployed) -> None:
    given = consumer(deployed)
    code, printed, _said = asked(deployed, "invoke", "ProvisionConsumer", "--input", json.dumps(given), "--detach")
    arn = printed.strip()
    assert code == 0
    assert arn.startswith(f"arn:aws:states:us-east-1:{ACCOUNT}:execution:ProvisionConsumer-{STAGE}:")
    for _ in range(60):
        code, printed, said = asked(
            deployed, "logs", "ProvisionConsumer", "--execution", arn, "--since", "1h", "--format", "json"
        )
        assert code == 0, said
        events = [json.loads(line) for line in printed.splitlines()]
        if events and events[-1]["type"] == "ExecutionSucceeded":
            break
    assert events[-1]["type"] == "ExecutionSucceeded"
    assert {each["execution"] for each in events} == {arn}
    assert {each["state"] for each in events if each["type"] == "TaskScheduled"} >= {"Adopt Consumer", "Open"}


def test_logs_of_errors_are_readable_and_name_the_state(deployed: Deployed) -> None:
    name = unique()
    code, _found = invoked(deployed, "ProvisionConsumer", {"name": name, "keyId": "k", "claim": "c"}, "--name", name)
    assert code == 1
    code, printed, said = asked(deployed, "logs", "ProvisionConsumer", "--errors", "--execution", name)
    assert code == 0, said
    failed, *_entered, ended = (line.split("  ") for line in printed.splitlines())
    assert failed[1:4] == [name, "TaskFailed", "Adopt Consumer"]
    assert failed[4].startswith("DynamoDB.ConditionalCheckFailedException: ")
    assert ended[2:] == ["ExecutionFailed", "Abandoned: The registration was taken back before it was provisioned"]


def test_what_is_not_deployed_has_neither_executions_nor_logs(deployed: Deployed) -> None:
    code, _printed, said = asked(deployed, "invoke", "AddApiKy")
    assert code == 1
    assert "KF530" in said
    assert "did you mean 'AddApiKey'?" in said
    code, _printed, said = asked(deployed, "logs", "AddApiKy")
    assert code == 1
    assert "KF531" in said


def test_an_endpoint_is_measured_by_requests_that_all_differ(deployed: Deployed) -> None:
    """The article's speed test: each request registers another key."""
    run = unique("timed")
    body = json.dumps({"name": f"{run}x{{{{n}}}}"})
    url = deployed.urls["AddApiKey"]
    done = keyflow("speedtest", url, "-n", "8", "-c", "2", "--warmup", "1", "--body", body, "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["statuses"], found["failed"], len(found["times_ms"])) == ({"201": 8}, 0, 8)
    assert all(len(deployed.keys(f"{run}x{number}")) == 1 for number in range(1, 10))


def test_a_workflow_is_measured_with_the_share_of_each_state(deployed: Deployed) -> None:
    body = json.dumps({"detail": {"name": "{{run}}x{{n}}"}})
    code, printed, said = asked(
        deployed, "speedtest", "AddApiKey", "-n", "4", "-c", "2", "--warmup", "1", "--body", body, "--format", "json"
    )
    assert code == 0, printed + said
    found = json.loads(printed)
    assert (found["statuses"], found["diagnostics"]) == ({"SUCCEEDED": 4}, [])
    shares = {each["state"]: each for each in found["states"]}
    assert shares["Save Api Key"]["visits"] == 4
    assert 0 < shares["Save Api Key"]["share"] < 1
    assert sum(each["share"] for each in found["states"] if not each["depth"]) <= 1.01


PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
URL = "https://api.example/dev/keys"


@pytest.fixture(scope="module")
def page(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The page's project, deployed, and the URL of its endpoint."""
    project = tmp_path_factory.mktemp("page")
    settings = f'[stages.dev]\nendpoint_url = "{engine.url}"\nparameters = {{ Table = "page" }}\n'
    (project / "keyflow.toml").write_text(f'name = "page"\n{settings}')
    (project / "definitions").mkdir()
    (written,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (project / "definitions" / "page.py").write_text(written)
    make_table(engine, "page", "pk")
    done = keyflow("deploy", "--stage", "dev", "--yes", "--format", "json", cwd=project)
    assert done.returncode == 0, done.stderr
    return project, json.loads(done.stdout)["endpoints"][0]["url"]


def alike(text: str) -> list[str]:
    """The lines of a screen without what is different each time: numbers, names of executions, blanks, lengths of bars."""
    ids = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    return [" ".join(re.sub(r"[0-9][0-9.,]*", "0", line).split()) for line in ids.splitlines()]


def sessions() -> list[tuple[str, list[str]]]:
    """Each command of the page, and the lines that it shows."""
    found: list[tuple[str, list[str]]] = []
    for session in re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        for line in session.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line not in ("", "..."):
                found[-1][1].append(line)
    return found


def test_the_page_shows_what_happens(page: tuple[Path, str]) -> None:
    """With as few requests as make a verdict: numbers are taken for alike."""
    project, url = page
    assert len(sessions()) >= 8
    for command, shown in sessions():
        arguments = shlex.split(command.replace(URL, url).replace("-n 60", f"-n {FEWEST}"))[1:]
        into = arguments[-1] if arguments[-2] == ">" else None
        done = keyflow(*arguments[: -2 if into else None], cwd=project)
        printed = alike((done.stderr + done.stdout).replace(url, URL))
        missing = [line for line in alike("\n".join(shown)) if line not in printed]
        assert missing == [], (command, done.stdout, done.stderr)
        if into is not None:
            (project / into).write_text(done.stdout)
