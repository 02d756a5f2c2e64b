"""The dataflow schedule: what needs nothing from each other runs side by side, all else in the order of data."""

from __future__ import annotations

from keyflow import Workflow
from keyflow.aws import apigateway
from keyflow.compiler import compile_workflow
from keyflow.verify import prove, subject_of_workflow
from tests.compiler.shapes import make_key


def forward(workflow: Workflow) -> list[str]:
    """The names of the states on the forward path of a workflow, up to its end."""
    compiled = compile_workflow(workflow)
    assert prove(subject_of_workflow(compiled, ()), depth=1).violations == ()
    names = list(compiled.document["States"])
    return [name for name in names[: names.index("Success")] if not name.endswith(("Failed?", "Uncertain", "In Doubt"))]


def test_independent_tasks_run_side_by_side() -> None:
    workflow = Workflow("Levels", schedule="dataflow", timeout=200)
    first = make_key(workflow, "A")
    make_key(workflow, "B")
    workflow.task("Read", apigateway.get_api_key(apiKey=first["id"]))
    workflow.succeed()
    assert forward(workflow) == ["Make A and Make B", "Read"]


def test_what_a_handler_uses_is_there_before_its_task() -> None:
    workflow = Workflow("Handler", schedule="dataflow", timeout=200)
    first = make_key(workflow, "A")
    handled = make_key(workflow, "B")
    with handled.on_error("ApiGateway.Custom"):
        workflow.task("Read", apigateway.get_api_key(apiKey=first["id"]))
    workflow.succeed()
    assert forward(workflow)[:2] == ["Make A", "Make B"]


def test_what_a_compensation_or_its_lookup_uses_is_there_before_its_task() -> None:
    workflow = Workflow("Undo", schedule="dataflow", timeout=200)
    first = make_key(workflow, "A")
    plan = workflow.context["Execution"]["Name"]
    link = workflow.task("Link", apigateway.create_usage_plan_key(usagePlanId=plan, keyId="k", keyType="API_KEY"))
    link.compensate("Rename", apigateway.update_api_key(apiKey=first["id"]))
    link.compensate("Unlink", apigateway.delete_usage_plan_key(usagePlanId=plan, keyId="k"))
    mine = workflow.context["Execution"]["Name"]
    key = workflow.task("Key", apigateway.create_api_key(name="k", description=mine))
    key.compensate(
        "Remove",
        apigateway.delete_api_key(apiKey=key["id"]),
        find=apigateway.get_api_keys(customerId=first["id"]),
        mine={"description": workflow.context["Execution"]["Name"]},
    )
    workflow.succeed()
    assert forward(workflow)[:2] == ["Make A", "Link and Key"]
