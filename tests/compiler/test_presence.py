"""What is read of the input too late is told (P1: a missing member must leave nothing behind)."""

from __future__ import annotations

from keyflow import Api, Workflow
from keyflow.aws import apigateway
from keyflow.compiler import compile_workflow
from tests.compiler.shapes import make_key


def late(workflow: Workflow, *provided: tuple[str | int, ...]) -> list[str]:
    warnings = compile_workflow(workflow, provided=frozenset(provided)).warnings
    assert {warning.code for warning in warnings} <= {"KF236"}
    return [warning.message.split(" is first read")[0] for warning in warnings]


def use(workflow: Workflow, name: str, *keys: str) -> None:
    value = workflow.input
    for key in keys:
        value = value[key]
    workflow.task(name, apigateway.get_api_key(apiKey=value))


def test_a_first_read_behind_a_compensable_task_is_late() -> None:
    workflow = Workflow("W")
    use(workflow, "Early", "a")
    make_key(workflow, "Key")
    use(workflow, "Again", "a")
    use(workflow, "Late", "b", "c")
    workflow.succeed({"d": workflow.input["d"], "b": workflow.input["b"]})
    assert late(workflow) == ["input['b']['c']", "input['d']"]
    assert late(workflow, ("b",), ("b", "c"), ("d",)) == []


def test_reading_deeper_than_before_is_late_reading_less_deep_is_not() -> None:
    workflow = Workflow("W")
    use(workflow, "Early", "a", "b")
    make_key(workflow, "Key")
    workflow.succeed({"less": workflow.input["a"], "more": workflow.input["a"]["b"]["c"]})
    assert late(workflow) == ["input['a']['b']['c']"]


def test_without_compensations_nothing_is_late() -> None:
    workflow = Workflow("W", saga=False)
    make_key(workflow, "Key", undo=False)
    use(workflow, "Late", "b")
    assert late(workflow) == []


def test_what_was_asked_for_is_known() -> None:
    workflow = Workflow("W")
    a, b, c = (workflow.input[name] for name in "abc")
    workflow.fail_if(~a.is_present() | ~(b == "x"), "Missing", "a or b is missing")
    make_key(workflow, "Key")
    with workflow.when(c.is_string() & (c != "")):
        use(workflow, "C", "c")
    use(workflow, "A", "a")
    use(workflow, "B", "b")
    use(workflow, "Late C", "c")
    assert late(workflow) == ["input['c']"]


def test_alternatives_know_what_every_way_knows() -> None:
    workflow = Workflow("W")
    a = workflow.input["a"]
    with workflow.when(~a.is_present()):
        workflow.fail("Missing", "a is missing")
    make_key(workflow, "Key")
    use(workflow, "A", "a")
    with workflow.when((workflow.input["b"] == 1) | workflow.input["c"].is_present()):
        use(workflow, "B", "b")
    with workflow.otherwise(~~workflow.input["d"].is_present()):
        use(workflow, "D", "d")
    assert late(workflow) == ["input['b']"]


def test_what_all_branches_read_first_is_missing_for_all() -> None:
    workflow = Workflow("W")
    with workflow.parallel("Both"):
        key = workflow.task("Make", apigateway.create_api_key(name=workflow.input["a"]))
        workflow.task("Read", apigateway.get_api_key(apiKey=workflow.input["a"], includeValue=workflow.input["b"]))
    key.compensate("Remove", apigateway.delete_api_key(apiKey=key["id"]))
    assert late(workflow) == ["input['b']"]


def test_a_compensation_reads_late_too() -> None:
    workflow = Workflow("W")
    key = workflow.task("Make", apigateway.create_api_key(name=workflow.input["a"]))
    key.compensate("Remove", apigateway.delete_api_key(apiKey=workflow.input["id"]))
    assert late(workflow) == ["input['id']"]


def test_a_route_provides_what_its_input_and_its_schema_say() -> None:
    api = Api("a")
    workflow = Workflow("W")
    workflow.succeed()
    inner = {"type": "object", "required": ["y"], "properties": {"y": {"type": "string"}, "z": {}}}
    route = api.post(
        "/{id}",
        workflow,
        input={"id": api.path["id"], "detail": api.body, "list": [{"q": api.query["q"]}]},
        request={"type": "object", "required": ["x"], "properties": {"x": inner, "optional": inner}},
    )
    assert route.provided == {
        (),
        ("id",),
        ("detail",),
        ("detail", "x"),
        ("detail", "x", "y"),
        ("list",),
        ("list", 0),
        ("list", 0, "q"),
    }
