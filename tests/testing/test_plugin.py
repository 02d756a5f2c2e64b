"""The pytest plugin as a user meets it: in a pytest of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keyflow import Api, Parameter, Retry, Workflow
from keyflow.aws import apigateway, dynamodb, lambda_
from keyflow.compiler import compile_workflow
from keyflow.diagnostics import CheckError, EngineError
from keyflow.engine import Failure, Success
from keyflow.testing import WorkflowRun

pytest_plugins = ["pytester"]

Running = Callable[..., WorkflowRun]


def make_workflow() -> Workflow:
    workflow = Workflow("Register", timeout=28)
    key = workflow.task(
        "Make Key",
        apigateway.create_api_key(name=workflow.input["name"]),
        retry=Retry(errors=(apigateway.errors.TooManyRequestsException,), max_attempts=1, jitter=False),
    )
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    workflow.fail_if(key["name"] == "bad", "BadName", "It is bad")
    save = workflow.task("Save", dynamodb.put_item(TableName=Parameter("Table"), Item={"pk": {"S": key["id"]}}))
    save.keep("an item without its key opens nothing")
    workflow.succeed({"id": key["id"]})
    return workflow


KEY = {"Id": "k", "Name": "x"}


def test_a_run_tells_what_happened(run_workflow: Running) -> None:
    run = run_workflow(make_workflow(), {"name": "x"}, {"Make Key": KEY, "Save": {}}, parameters={"Table": "keys"})
    assert (run.status, run.output, run.error, run.cause) == ("SUCCEEDED", {"id": "k"}, None, None)
    assert run.path == ["Make Key", "BadName?", "Save", "Success"]
    assert run.called == ["Make Key", "Save"]
    assert run.parameters("Save") == {"TableName": "keys", "Item": {"pk": {"S": "k"}}}
    assert run.compensated == []
    assert run.history[0].type == "ExecutionStarted"
    assert repr(run) == '<Register SUCCEEDED after 0 s: Make Key > BadName? > Save > Success: {"id": "k"}>'


def test_what_was_undone_and_how_long_it_took(run_workflow: Running) -> None:
    stubs = {"Make Key": Success(KEY, seconds=1.5), "Save": Failure("DynamoDB.X"), "apigateway:deleteApiKey": {}}
    run = run_workflow(make_workflow(), {"name": "x"}, stubs)
    assert (run.error, run.compensated, run.seconds) == ("UnhandledError", ["Remove Key"], 1.5)


def test_attempts_take_outcomes_in_order(run_workflow: Running) -> None:
    outcomes = [Failure("ApiGateway.TooManyRequestsException"), Success(KEY)]
    run = run_workflow(make_workflow(), {"name": "x"}, {"Make Key": outcomes, "Save": {}})
    assert (run.attempts("Make Key"), run.attempts("Save"), run.seconds) == (2, 1, 1)


def test_samples_answer_what_has_no_stub(run_workflow: Running) -> None:
    run = run_workflow(make_workflow(), {"name": "x"}, {"Save": Failure("DynamoDB.X")}, samples=True)
    assert run.parameters("Remove Key") == {"ApiKey": "Make Key.Id"}


def test_a_task_without_an_answer_is_told(run_workflow: Running) -> None:
    with pytest.raises(EngineError, match="KF603"):
        run_workflow(make_workflow(), {"name": "x"}, {"Make Key": KEY})
    with pytest.raises(EngineError, match="KF602"):
        run_workflow(make_workflow(), {"name": "x"}, {"Mak Key": KEY})


def test_a_call_that_was_not_made(run_workflow: Running) -> None:
    run = run_workflow(make_workflow(), {"name": "x"}, {"Make Key": Failure("ApiGateway.X")})
    with pytest.raises(AssertionError, match="'Save' was not called; called were 'Make Key'"):
        run.parameters("Save")


def test_definitions_of_every_kind(run_workflow: Running, tmp_path: Path) -> None:
    compiled = compile_workflow(make_workflow())
    file = tmp_path / "Register.asl.json"
    file.write_text(json.dumps(compiled.document))
    definitions: list[Any] = [compiled, compiled.machine, compiled.document, file]
    for definition in definitions:
        assert run_workflow(definition, {"name": "x"}, samples=True).output == {"id": "Make Key.Id"}
    with pytest.raises(CheckError, match="KF118"):
        run_workflow(tmp_path / "nowhere.json")


def test_a_saga_is_asserted(assert_saga: Callable[..., Any]) -> None:
    workflow = make_workflow()
    api = Api("keys")
    api.post("/keys", workflow, request={"type": "object", "required": ["name"]}, errors={"BadName": 400})
    assert assert_saga(workflow, api, strict=True).scenarios > 100


def test_what_is_left_over_fails_the_assertion(assert_saga: Callable[..., Any]) -> None:
    workflow = Workflow("Register", timeout=28)
    workflow.task("Make Key", apigateway.create_api_key(name=workflow.input["name"]))
    workflow.task("Look", apigateway.get_account())
    workflow.succeed()
    with pytest.raises(AssertionError, match=r"Register: 1 finding\nP1 .*\n    faults: 'Look' fails"):
        assert_saga(workflow)


def test_what_no_model_knows_fails_the_assertion_with_strict(assert_saga: Callable[..., Any]) -> None:
    workflow = Workflow("Score", timeout=28)
    workflow.task("Ask", lambda_.invoke(FunctionName="score", Payload={}))
    workflow.succeed()
    assert [each.finding.state for each in assert_saga(workflow).unprovable] == ["Ask"]
    with pytest.raises(AssertionError, match="what 'Ask' does, no model knows"):
        assert_saga(workflow, strict=True)


TESTS = """
from keyflow import Workflow
from keyflow.aws import apigateway
from keyflow.engine import Failure

workflow = Workflow("Small")
kind = workflow.input["kind"]
with workflow.when(kind == "a"):
    workflow.task("A", apigateway.get_account())
with workflow.otherwise():
    workflow.task("B", apigateway.get_account())
workflow.succeed()

def test_a(run_workflow):
    assert run_workflow(workflow, {"kind": "a"}, samples=True).status == "SUCCEEDED"

def test_failed(run_workflow):
    assert run_workflow(workflow, {"kind": "a"}, {"A": Failure("ApiGateway.X")}).status == "FAILED"
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_coverage_names_what_no_test_entered(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    pytester.makepyfile(TESTS)
    done = pytester.runpytest_subprocess("--keyflow-coverage", *workers)
    done.stdout.fnmatch_lines(
        [
            "*keyflow coverage*",
            "Small: 5 of 6 states, 2 of 4 branches",
            "    never entered: B",
            "    never taken:   When? -> B",
            "*2 passed*",
        ]
    )


PROJECT = """
from keyflow import Api, Workflow
from keyflow.aws import apigateway, dynamodb

workflow = Workflow("Register", timeout=25)
key = workflow.task("Make Key", apigateway.create_api_key(name=workflow.input["name"]))
key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
save = workflow.task("Save", dynamodb.put_item(TableName="keys", Item={"pk": {"S": key["id"]}}))
save.keep("an item without its key opens nothing")
workflow.succeed({"id": key["id"]})

api = Api("keys")
api.post("/keys", workflow, request={"type": "object", "required": ["name"]})
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    (pytester.path / "keyflow.toml").write_text('name = "sample"\n')
    (pytester.path / "definitions").mkdir()
    (pytester.path / "definitions" / "register.py").write_text(PROJECT)
    (pytester.path / "tests" / "inner").mkdir(parents=True)
    return pytester


def written(project: pytest.Pytester, *tests: str) -> None:
    text = "from keyflow.engine import Failure\n\n" + "\n\n".join(tests)
    (project.path / "tests" / "inner" / "test_register.py").write_text(text)


def test_a_workflow_of_the_project_is_named(project: pytest.Pytester) -> None:
    """From wherever pytest is started: the project is that of the test's file."""
    written(
        project,
        "def test_run(run_workflow):\n"
        "    run = run_workflow('Register', {'name': 'x'}, {'Save': Failure('DynamoDB.X')}, samples=True)\n"
        "    assert (run.name, run.compensated) == ('Register', ['Remove Key'])\n",
        "def test_saga(assert_saga):\n    assert assert_saga('Register', strict=True).scenarios > 100\n",
    )
    project.runpytest_subprocess("tests").assert_outcomes(passed=2)
    away = project.mkdir("away")
    project.runpytest_subprocess("--rootdir", away, project.path / "tests").assert_outcomes(passed=2)


def test_the_project_is_executed_once(project: pytest.Pytester) -> None:
    with (project.path / "definitions" / "register.py").open("a") as file:
        file.write("open('executed', 'a').write('x')\n")
    written(project, *(f"def test_{n}(run_workflow):\n    run_workflow('Register', samples=True)\n" for n in range(3)))
    project.runpytest_subprocess().assert_outcomes(passed=3)
    assert (project.path / "executed").read_text() == "x"


def test_the_answers_of_the_projects_routes_are_part_of_the_proof(project: pytest.Pytester) -> None:
    """P4: a mapping of the author's own answers everything with the output, which a failure does not have."""
    file = project.path / "definitions" / "register.py"
    mapping = {"200": {"statusCode": "200", "responseTemplates": {"application/json": "$input.path('$').output"}}}
    own = f', extra={{"x-amazon-apigateway-integration": {{"responses": {mapping}}}}})\n'
    file.write_text(file.read_text().rstrip().removesuffix(")") + own)
    written(project, "def test_saga(assert_saga):\n    assert_saga('Register')\n")
    done = project.runpytest_subprocess()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*P4 (*"])


def test_a_name_that_the_project_does_not_have(project: pytest.Pytester) -> None:
    written(
        project,
        "def test_near(run_workflow):\n    run_workflow('Registre')\n",
        "def test_api(assert_saga):\n    assert_saga('keys')\n",
    )
    done = project.runpytest_subprocess()
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(["*KF113: no workflow and no API is named 'Registre' (hint: did you mean 'Register'?)"])
    done.stdout.fnmatch_lines(["*KF113: 'keys' is an API: name one of its workflows (hint: Register)"])


FAILING = (
    "def test_no_answer(run_workflow):\n    run_workflow('Register', {'name': 'x'})\n",
    "def test_not_called(run_workflow):\n"
    "    run = run_workflow('Register', {'name': 'x'}, {'Make Key': Failure('ApiGateway.X')})\n"
    "    run.parameters('Save')\n",
    "def test_no_file(run_workflow):\n    from pathlib import Path\n    run_workflow(Path('nowhere.json'))\n",
)


def test_a_failure_shows_the_lines_of_the_test_and_none_of_keyflow(project: pytest.Pytester) -> None:
    written(project, *FAILING)
    done = project.runpytest_subprocess()
    done.assert_outcomes(failed=3)
    shown = done.stdout.str()
    for line in ("run_workflow('Register', {'name': 'x'})", "run.parameters('Save')"):
        assert f">       {line}" in shown or f">   {line}" in shown
    assert "KF603" in shown
    assert "KF118" in shown
    for own in ("runs.py", "stubs.py", "interpreter.py", "plugin.py", "pathlib.py", "direct cause"):
        assert own not in shown
    assert "runs.py" in project.runpytest_subprocess("--full-trace").stdout.str()


def test_a_line_of_the_users_that_raises_is_shown(project: pytest.Pytester) -> None:
    (project.path / "definitions" / "register.py").write_text("def price():\n    return 1 / 0\n\n\nprice()\n")
    written(project, "def test_run(run_workflow):\n    run_workflow('Register')\n")
    shown = project.runpytest_subprocess().stdout.str()
    assert ">       return 1 / 0" in shown
    assert "KF111: ZeroDivisionError" in shown
    assert "importlib" not in shown
    assert "project.py" not in shown


def test_a_mistake_of_keyflow_itself_keeps_its_frames(project: pytest.Pytester) -> None:
    written(
        project,
        "def test_own(run_workflow, monkeypatch):\n"
        "    monkeypatch.setattr('keyflow.testing.runs.run', lambda *a, **b: {}['nothing'])\n"
        "    run_workflow('Register', {'name': 'x'}, samples=True)\n",
    )
    done = project.runpytest_subprocess()
    done.assert_outcomes(failed=1)
    assert "runs.py" in done.stdout.str()


def test_nothing_is_collected_or_imported_unasked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\ndef test_it():\n    assert not {'keyflow.engine', 'keyflow.verify', 'boto3'} & set(sys.modules)\n"
    )
    done = pytester.runpytest_subprocess()
    done.assert_outcomes(passed=1)
    done.stdout.no_fnmatch_line("*keyflow coverage*")
