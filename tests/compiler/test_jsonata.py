"""The JSONata dialect says the same as the JSONPath dialect: held against it on the engine, value by value."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow import DefinitionError, Parameter, Workflow, asl, format, intrinsics
from keyflow.aws import apigateway, dynamodb, lambda_, sqs
from keyflow.compiler import compile_workflow
from keyflow.engine import Execution, Failure, Stubs, Success, run

DATA: dict[str, Any] = {
    "n": 3,
    "half": 0.5,
    "text": 'it\'s "x" \\ {y} $z',
    "list": [3, 1, 3],
    "people": [{"name": "a"}],
    "deep": {"a-b": {"and": [10, {"c": None}]}},
    "yes": True,
    "nothing": None,
    "when": "2026-01-31T12:00:00Z",
    "results": {"forged": 1},
}


def in_both(write: Callable[[Workflow], Any], data: Any = None) -> Any:
    """Runs what is written in both languages; gives the output and the calls' parameters, which must be the same."""
    ends: list[Execution] = []
    calls: list[Any] = []
    for language in ("JSONPath", "JSONata"):
        workflow = Workflow("W", type="STANDARD", query_language=language)
        write(workflow)
        compiled = compile_workflow(workflow)
        assert asl.validate(compiled.document) == ()
        stubs = Stubs({}, default=Success({"Payload": {"id": "made", "list": [1]}}))
        ends.append(run(compiled.machine, DATA if data is None else data, stubs))
        calls.append([(call.state, call.parameters) for call in stubs.calls])
    first, second = ends
    assert (first.status, first.output) == (second.status, second.output), (first.cause, second.cause)
    assert calls[0] == calls[1]
    return first.output, calls[0]


def paying(value: Callable[[Any], Any]) -> Callable[[Workflow], None]:
    """A workflow that calls a function with a value."""

    def write(workflow: Workflow) -> None:
        workflow.task("Call", lambda_.invoke(FunctionName="f", Payload={"v": value(workflow.input)}))
        workflow.succeed()

    return write


@pytest.mark.parametrize(
    "value",
    [
        lambda x: x,
        lambda x: x["n"],
        lambda x: x["text"],
        lambda x: x["deep"]["a-b"]["and"][1],
        lambda x: x["list"],
        lambda x: x["people"],
        lambda x: x["people"][0]["name"],
        lambda x: x["nothing"],
        lambda x: x["results"]["forged"],
        lambda x: {"a": [x["n"], "q\"uo'te", None, True, 1.5], "b": {"c": x["yes"]}},
        lambda x: format("{}", x["n"]),
        lambda x: format("{}", x["text"]),
        lambda x: format("{} and {y} \\ 'q' {}", x["text"], x["half"]),
        lambda x: format("fixed"),
        lambda x: format("{}-{}", Parameter("P"), x["n"]),
        lambda x: intrinsics.array(x["n"], "x", True),
        lambda x: intrinsics.array_partition(x["list"], 2),
        lambda x: intrinsics.array_contains(x["list"], x["n"]),
        lambda x: intrinsics.array_range(1, x["n"], 1),
        lambda x: intrinsics.array_get_item(x["list"], 1),
        lambda x: intrinsics.array_length(x["list"]),
        lambda x: intrinsics.array_unique(x["list"]),
        lambda x: intrinsics.base64_encode(x["text"]),
        lambda x: intrinsics.base64_decode("YQ=="),
        lambda x: intrinsics.hash(x["text"], "SHA-256"),
        lambda x: intrinsics.json_merge(x["deep"], x["results"]),
        lambda x: intrinsics.json_to_string(x["people"]),
        lambda x: intrinsics.string_to_json('{"a": 1}'),
        lambda x: intrinsics.math_add(x["n"], 4),
        lambda x: intrinsics.string_split("a b,c", " ,"),
        lambda x: intrinsics.string_split("a b", " "),
    ],
)
def test_values(value: Callable[[Any], Any]) -> None:
    in_both(paying(value))


@pytest.mark.parametrize("items", [[], [[]], [[1]], [[1, 2]], [[1], [2, 3]], [1], [None, {"a": 1}], [[[1]], "x"]])
def test_what_iterations_came_to_is_one_array_of_them(items: Any) -> None:
    """Also where they are arrays: a path through them would make one array of all."""

    def write(workflow: Workflow) -> None:
        with workflow.map("M", workflow.input["of"]) as each:
            workflow.task("Call", lambda_.invoke(FunctionName="f", Payload={"v": each["x"]}))
        workflow.succeed({"all": each.collect(each["x"])})

    output, _calls = in_both(write, {"of": [{"x": item} for item in items]})
    assert output == {"all": items}


def test_values_of_chance_are_of_their_kind() -> None:
    for value in (intrinsics.uuid(), intrinsics.math_random(1, 10)):
        workflow = Workflow("W", query_language="JSONata", timeout=20)
        workflow.succeed({"v": value})
        ended = run(compile_workflow(workflow).machine, {}, Stubs({}))
        assert isinstance(ended.output["v"], str) or 1 <= ended.output["v"] < 10


@pytest.mark.parametrize(
    "condition",
    [
        lambda x: x["n"] == 3,
        lambda x: x["n"] != 3,
        lambda x: x["n"] > 2,
        lambda x: x["text"] < "zzz",
        lambda x: x["text"] == 3,
        lambda x: x["n"] >= x["half"].as_number(),
        lambda x: x["missing"] == "x",
        lambda x: ~(x["missing"] == "x"),
        lambda x: x["missing"] < 3,
        lambda x: x["yes"].is_true(),
        lambda x: x["yes"].is_false(),
        lambda x: x["n"].is_true(),
        lambda x: x["nothing"].is_null(),
        lambda x: x["nothing"].is_present(),
        lambda x: x["missing"].is_null(),
        lambda x: x["missing"].is_present(),
        lambda x: x["text"].is_string() & x["n"].is_number() & x["yes"].is_boolean(),
        lambda x: x["when"].is_timestamp() | x["n"].is_timestamp(),
        lambda x: x["text"].is_timestamp(),
        lambda x: x["when"].as_timestamp() < "2026-02-01T00:00:00Z",
        lambda x: x["text"].as_timestamp() < "2026-02-01T00:00:00Z",
        lambda x: x["when"].as_timestamp() == x["when"].as_timestamp(),
        lambda x: x["text"].matches('it*"x"*'),
        lambda x: x["text"].matches("*.*"),
        lambda x: x["n"].matches("*"),
        lambda x: x["missing"].matches("*"),
        lambda x: (x["n"] == 1) | (x["n"] == 3) & ~(x["yes"] == False),  # noqa: E712
    ],
)
def test_conditions(condition: Callable[[Any], Any]) -> None:
    def write(workflow: Workflow) -> None:
        with workflow.when(condition(workflow.input)):
            workflow.succeed({"holds": True}, name="Holds")
        workflow.succeed({"holds": False})

    in_both(write)


@pytest.mark.parametrize("text", ["a*b", "a\\*b", "(x)", "a/b", "é", "a.b", "a^$b", "[a]", "\\\\"])
def test_patterns_match_what_they_match(text: str) -> None:
    def write(workflow: Workflow) -> None:
        with workflow.when(workflow.input["v"].matches(text)):
            workflow.succeed({"holds": True}, name="Holds")
        workflow.succeed({"holds": False})

    for value in ("ab", "a*b", "axb", "(x)", "a/b", "é", "a.b", "^$", "[a]", "\\", "a\nb"):
        in_both(write, {"v": value})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(json_values)
@settings(max_examples=60, deadline=None)
def test_any_value_of_the_input_is_handed_on_as_it_is(value: Any) -> None:
    _output, calls = in_both(paying(lambda x: {"inside": x["v"]}), {"v": value})
    assert calls == [("Call", {"FunctionName": "f", "Payload": {"v": {"inside": value}}})]


@pytest.mark.parametrize(
    "output",
    [
        lambda workflow, task: None,
        lambda workflow, task: workflow.input,
        lambda workflow, task: task["Payload"]["id"],
        lambda workflow, task: {"all": task["Payload"], "list": [1, 2]},
        lambda workflow, task: {"machine": workflow.context["StateMachine"]["Name"]},
        lambda workflow, task: {"fixed": "x"},
    ],
)
def test_outputs(output: Callable[[Workflow, Any], Any]) -> None:
    def write(workflow: Workflow) -> None:
        task = workflow.task("Call", lambda_.invoke(FunctionName="f", Payload={}))
        workflow.succeed(output(workflow, task))

    in_both(write)


def test_what_jsonpath_has_no_place_for() -> None:
    """A list of lists with values, and a computed value as the whole output."""
    workflow = Workflow("W", query_language="JSONata", timeout=20)
    workflow.task("Call", lambda_.invoke(FunctionName="f", Payload={"v": [[workflow.input["n"]]]}))
    workflow.succeed(format("{}!", workflow.input["n"]))
    stubs = Stubs({}, default=Success({}))
    ended = run(compile_workflow(workflow).machine, DATA, stubs)
    assert (ended.output, stubs.calls[0].parameters["Payload"]) == ("3!", {"v": [[3]]})


def test_a_missing_member_is_never_sent_as_nothing() -> None:
    """Neither alone nor inside a text: the call is not made, and what was done is undone."""
    for value in (lambda x: x["missing"], lambda x: format("no {}", x["missing"])):
        workflow = Workflow("W", query_language="JSONata", timeout=60)
        key = {"pk": {"S": workflow.context["Execution"]["Name"]}}
        put = workflow.task("Put", dynamodb.put_item(TableName="t", Item=key))
        put.compensate("Remove", dynamodb.delete_item(TableName="t", Key=key))
        workflow.task("Send", sqs.send_message(QueueUrl="q", MessageBody=value(workflow.input))).keep("it is read")
        workflow.succeed()
        stubs = Stubs({}, default=Success({}))
        ended = run(compile_workflow(workflow).machine, {"results": "forged"} | DATA, stubs)
        assert (ended.error, [call.state for call in stubs.calls]) == ("UnhandledError", ["Put", "Remove"])


def test_texts_that_would_be_read_as_expressions_are_refused() -> None:
    workflow = Workflow("W", query_language="JSONata", timeout=20)
    workflow.task("Send", sqs.send_message(QueueUrl="q", MessageBody="{% $states %}"))
    workflow.succeed()
    with pytest.raises(DefinitionError, match="KF304"):
        compile_workflow(workflow)


def test_the_definition_says_its_language() -> None:
    workflow = Workflow("W", query_language="JSONata", timeout=20)
    workflow.succeed({"n": workflow.input["n"]})
    document = compile_workflow(workflow).document
    assert document["QueryLanguage"] == "JSONata"
    assert document["States"]["Success"]["Output"] == {"n": "{% $states.input.n %}"}
    with pytest.raises(DefinitionError, match="KF218"):
        Workflow("W", query_language="SQL")  # type: ignore[arg-type]
    assert "QueryLanguage" not in json.dumps(compile_workflow(plain()).document)


def plain() -> Workflow:
    workflow = Workflow("W", timeout=20)
    workflow.succeed()
    return workflow


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_found_thing_without_what_is_needed_of_it_is_not_the_one(language: Any) -> None:
    """In JSONata `a and b or c` is true where only `c` is, so the author's `b or c` stands in parentheses."""
    workflow = Workflow("Finds", timeout=200, query_language=language)
    key = workflow.task("Make Key", apigateway.create_api_key(name="b"))
    key.compensate(
        "Remove Key",
        apigateway.delete_api_key(apiKey=key["id"]),
        find=apigateway.get_api_keys(),
        where=lambda found: (found["name"] == "a") | (found["name"] == "b"),
    )
    listed = {"Items": [{"Name": "b"}, {"Name": "b", "Id": "k"}]}
    stubs = Stubs(
        {"Make Key": Failure("States.Timeout", ""), "Find Make Key": Success(listed), "Remove Key": Success({})}
    )
    execution = run(compile_workflow(workflow).machine, {}, stubs)
    assert [(call.state, call.parameters) for call in execution.calls][-1] == ("Remove Key", {"ApiKey": "k"})
