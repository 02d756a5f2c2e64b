"""EMR's clusters and APIs of API Gateway: what the guide's pages say of their parameters, waits and permissions."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow import DefinitionError, Workflow
from keyflow.aws import elasticmapreduce, execute_api
from keyflow.aws.authorization import permissions
from keyflow.compiler import compile_workflow

INSTANCES = {"KeepJobFlowAliveWhenNoSteps": True}
API = "abc.execute-api.eu-central-1.amazonaws.com"
HERE = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}"


def test_a_cluster_runs_a_step_and_ends() -> None:
    workflow = Workflow("Cluster", type="STANDARD", saga=False)
    made = workflow.task("Make", elasticmapreduce.create_cluster(Name="c", Instances=INSTANCES).sync(), timeout=900)
    step = {"Name": "s", "HadoopJarStep": {"Jar": "command-runner.jar"}}
    add = elasticmapreduce.add_step(ClusterId=made["ClusterId"], Step=step)
    workflow.task("Run", add.sync(), timeout=3600)
    workflow.task("End", elasticmapreduce.terminate_cluster(ClusterId=made["ClusterId"]))
    workflow.succeed()
    compiled = compile_workflow(workflow)
    states = compiled.document["States"]
    assert compiled.warnings == ()
    assert [states[name]["Resource"] for name in ("Make", "Run", "End")] == [
        "arn:aws:states:::elasticmapreduce:createCluster.sync",
        "arn:aws:states:::elasticmapreduce:addStep.sync",
        "arn:aws:states:::elasticmapreduce:terminateCluster",
    ]
    assert states["Run"]["Parameters"] == {"ClusterId.$": "$.results.make.ClusterId", "Step": step}
    assert "elasticmapreduce:CancelSteps" in {each.action for each in permissions(add.sync())}
    assert "elasticmapreduce:CancelSteps" not in {each.action for each in permissions(add)}


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        (lambda: elasticmapreduce.add_steps(), "KF202", "did you mean 'add_step'?"),
        (lambda: elasticmapreduce.add_step(ClusterId="c", Steps=[]), "KF204", "did you mean 'Step'?"),
        (lambda: elasticmapreduce.add_step(ClusterId="c"), "KF203", "needs the parameter 'Step'"),
        (lambda: elasticmapreduce.create_cluster(Name="c", Instances={}, Steps=[]), "KF204", "no parameter 'Steps'"),
        (lambda: elasticmapreduce.cancel_step(ClusterId="c", StepId="s").sync(), "KF238", "cannot wait"),
        (lambda: execute_api.invoke(ApiEndpoint=API, Method="FETCH"), "KF206", "GET, POST"),
        (lambda: execute_api.invoke(ApiEndpoint=API, Method="GET", AuthType="IAM"), "KF206", "IAM_ROLE"),
        (lambda: execute_api.invoke(ApiEndpoint=API, Method="GET").sync(), "KF238", "cannot wait"),
    ],
)
def test_a_wrong_call_is_refused_at_its_line(make: Any, code: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        make()
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.location.file) == (code, __file__)  # type: ignore[union-attr]
    assert message in str(diagnostic)


def test_an_api_answers_with_the_token() -> None:
    workflow = Workflow("Api", type="STANDARD", saga=False)
    token = {"TaskToken": [workflow.context["Task"]["Token"]]}
    call = execute_api.invoke(ApiEndpoint=API, Method="POST", Headers=token).wait_for_task_token()
    workflow.task("Ask", call, timeout=60)
    workflow.succeed()
    compiled = compile_workflow(workflow)
    assert compiled.document["States"]["Ask"]["Resource"] == "arn:aws:states:::apigateway:invoke.waitForTaskToken"
    assert compiled.warnings == (), "an API without authorization needs no permission, and no warning"


@pytest.mark.parametrize(
    ("given", "resource"),
    [
        ({"AuthType": "IAM_ROLE", "Stage": "prod", "Path": "/bills/add"}, f"{HERE}:abc/prod/POST/bills/add"),
        ({"AuthType": "IAM_ROLE"}, f"{HERE}:abc/*/POST/*"),
        ({"AuthType": "NO_AUTH"}, None),
        ({}, None),
    ],
)
def test_an_api_that_asks_who_calls_is_allowed_in_the_role(given: dict[str, str], resource: str | None) -> None:
    found = permissions(execute_api.invoke(ApiEndpoint=API, Method="POST", **given))
    assert [(each.action, each.resource) for each in found] == (
        [] if resource is None else [("execute-api:Invoke", resource)]
    )
