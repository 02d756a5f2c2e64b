"""What a `map` block refuses, and what it compiles to where the golden files do not say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from keyflow import DefinitionError, Parameter, Retry, Workflow, asl, format
from keyflow.aws import apigateway, dynamodb, s3, sqs
from keyflow.compiler import compile_workflow
from keyflow.engine import Failure, Stubs, Success, run
from keyflow.policies import workflow_policy


def workflow_with(write: Callable[[Workflow], Any]) -> Callable[[], Any]:
    def make() -> Any:
        workflow = Workflow("W", type="STANDARD")
        write(workflow)
        return compile_workflow(workflow)

    return make


def empty(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]):
        pass


def success_inside(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]):
        workflow.succeed()


def item_outside(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]) as each:
        workflow.task("A", apigateway.get_account())
    workflow.task("B", apigateway.create_api_key(name=each["name"]))


def result_outside(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]):
        key = workflow.task("A", apigateway.create_api_key(name="n"))
    workflow.task("B", apigateway.get_api_key(apiKey=key["id"]))


def collected_inside(workflow: Workflow) -> None:
    with workflow.map("M", workflow.input["l"]) as each:
        key = workflow.task("A", apigateway.create_api_key(name="n"))
        workflow.task("B", apigateway.create_api_key(name=format("{}", each.collect(key["id"]))))


def collecting_another(workflow: Workflow) -> None:
    other = workflow.task("A", apigateway.create_api_key(name="n"))
    with workflow.map("M", workflow.input["l"]) as each:
        workflow.task("B", apigateway.get_account())
    each.collect(other["id"])


def over(value: Any, **options: Any) -> Callable[[Workflow], None]:
    def write(workflow: Workflow) -> None:
        with workflow.map("M", value(workflow), **options):
            workflow.task("A", apigateway.get_account())

    return write


TARGET = {"Bucket": "results", "Prefix": "p"}
WRITING = {"distributed": "STANDARD", "result_writer": TARGET}


def map_of(inside: Callable[[Workflow, Any], None], behind: Any = None, **options: Any) -> Callable[[Workflow], None]:
    """A map of the input's array with these steps in it, and behind it."""

    def write(workflow: Workflow) -> None:
        with workflow.map("M", workflow.input["l"], **options) as each:
            workflow.task("A", apigateway.get_account())
            inside(workflow, each)
        if behind is not None:
            behind(workflow, each)

    return write


def nothing(_workflow: Workflow, _each: Any) -> None:
    pass


def written(workflow: Workflow, each: Any) -> None:
    each.write({})


def written_twice(workflow: Workflow, each: Any) -> None:
    each.write({})
    each.write({})


def written_and_undone(workflow: Workflow, each: Any) -> None:
    each.write({})
    task = workflow.task("B", dynamodb.put_item(TableName="t", Item={}))
    task.compensate("C", dynamodb.delete_item(TableName="t", Key={}))


def written_and_refused(workflow: Workflow, each: Any) -> None:
    each.write({})
    workflow.fail_if(each["x"].is_true(), "Refused", "No")


def map_inside(**options: Any) -> Callable[[Workflow, Any], None]:
    def write(workflow: Workflow, each: Any) -> None:
        with workflow.map("Inner", workflow.input["m"], **options):
            workflow.task("B", apigateway.get_account())

    return write


def tolerant_beside(workflow: Workflow) -> None:
    with workflow.parallel("Both"):
        workflow.task("B", apigateway.get_account())
        with workflow.branch(), workflow.map("Inner", workflow.input["m"], tolerated_failures=1):
            workflow.task("C", apigateway.get_account())


def waiting(workflow: Workflow, each: Any) -> None:
    token = workflow.context["Task"]["Token"]
    workflow.task("B", sqs.send_message(QueueUrl="q", MessageBody=token).wait_for_task_token(), timeout=5)


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (map_of(nothing, tolerated_failures=-1), "KF243"),
        (map_of(nothing, tolerated_failures=True), "KF243"),
        (map_of(nothing, batch_of=2), "KF243"),
        (map_of(nothing, batch_of=0, distributed="EXPRESS"), "KF243"),
        (map_of(written, result_writer=TARGET), "KF243"),
        (map_of(written, distributed="EXPRESS", result_writer={"Prefix": "p"}), "KF243"),
        (map_of(written, distributed="EXPRESS", result_writer={**TARGET, "Key": "k"}), "KF243"),
        (map_of(nothing, distributed="EXPRESS", writer_config={}), "KF243"),
        (map_of(written, **WRITING, writer_config={"OutputType": "JSON"}), "KF243"),
        (map_of(nothing, **WRITING), "KF243"),
        (map_of(written), "KF243"),
        (map_of(written_twice, **WRITING), "KF243"),
        (map_of(written_and_undone, **WRITING), "KF243"),
        (map_of(written_and_refused, **WRITING), "KF243"),
        (map_of(written, lambda workflow, each: each.collect(each["x"]), **WRITING), "KF243"),
        (map_of(written, lambda workflow, each: each.failed, **WRITING, tolerated_failures=1), "KF243"),
        (map_of(nothing, lambda workflow, each: each.failed), "KF243"),
        (map_of(nothing, lambda workflow, each: each.results), "KF243"),
        (map_of(lambda workflow, each: workflow.succeed({"r": each.results}), **WRITING), "KF243 KF226 KF230"),
        (map_of(lambda workflow, each: each.items), "KF243"),
        (map_of(lambda workflow, each: each["x"], distributed="EXPRESS", batch_of=2), "KF243"),
        (map_of(lambda workflow, each: each.index, distributed="EXPRESS", batch_of=2), "KF243"),
        (map_of(map_inside(tolerated_failures=1)), "KF243"),
        (map_of(map_inside(distributed="EXPRESS"), distributed="EXPRESS"), "KF243"),
        (map_of(waiting, distributed="EXPRESS"), "KF238"),
        (tolerant_beside, "KF243"),
        (empty, "KF224"),
        (success_inside, "KF226"),
        (item_outside, "KF230"),
        (result_outside, "KF230"),
        (collected_inside, "KF230"),
        (collecting_another, "KF243"),
        (over(lambda workflow: [1, 2]), "KF243"),
        (over(lambda workflow: workflow.input["l"].as_string()), "KF243"),
        (over(lambda workflow: workflow.input["l"], at_most=0), "KF243"),
        (over(lambda workflow: workflow.input["l"], max_concurrency=-1), "KF243"),
        (over(lambda workflow: workflow.input["l"], distributed="FAST"), "KF243"),
        (over(lambda workflow: workflow.input["l"], distributed="EXPRESS", reader_config={}), "KF243"),
        (over(lambda workflow: s3.list_objects_v2(Bucket="b")), "KF243"),
        (over(lambda workflow: s3.list_buckets(), distributed="EXPRESS"), "KF243"),
        (over(lambda workflow: sqs.list_queues(), distributed="EXPRESS"), "KF243"),
    ],
)
def test_what_cannot_be_is_refused(write: Callable[[Workflow], None], code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        workflow_with(write)()
    assert {each.code for each in caught.value.diagnostics} <= set(code.split())


def test_an_express_workflow_has_no_child_executions() -> None:
    workflow = Workflow("W")
    with pytest.raises(DefinitionError, match="KF243"), workflow.map("M", workflow.input["l"], distributed="EXPRESS"):
        pass


def test_items_of_a_result_have_its_models_members() -> None:
    workflow = Workflow("W", timeout=60)
    keys = workflow.task("List", apigateway.get_api_keys())
    with pytest.raises(DefinitionError, match="did you mean 'name'"), workflow.map("M", keys["items"]) as each:
        each["nam"]
    other = Workflow("W2", timeout=60)
    listed = other.task("List", apigateway.get_api_keys())
    with other.map("M", listed["items"], at_most=3) as each:
        other.task("Remove", apigateway.delete_api_key(apiKey=each["id"]))
    other.succeed({"removed": each.collect(each["name"]), "places": each.collect(each.index)})
    compiled = compile_workflow(other)
    assert asl.validate(compiled.document) == ()
    answers = {"List": Success({"Items": [{"Id": "1", "Name": "a"}, {"Id": "2", "Name": "b"}]})}
    stubs = Stubs(answers, default=Success({}))
    ended = run(compiled.machine, {}, stubs)
    assert ended.output == {"removed": ["a", "b"], "places": [0, 1]}
    assert [call.parameters for call in stubs.calls[1:]] == [{"ApiKey": "1"}, {"ApiKey": "2"}]


def test_the_budget_counts_the_waves() -> None:
    """S9: 9 items, 3 at a time, are three waves."""
    workflow = Workflow("W", timeout=100)
    with workflow.map("M", workflow.input["l"], at_most=9, max_concurrency=3):
        workflow.task("A", apigateway.get_account(), timeout=20)
    assert compile_workflow(workflow).budget.worst.seconds == 60
    late = Workflow("W", timeout=59)
    with late.map("M", late.input["l"], at_most=9, max_concurrency=3):
        late.task("A", apigateway.get_account(), timeout=20)
    with pytest.raises(DefinitionError, match="KF301"):
        compile_workflow(late)


def test_a_member_of_an_item_that_may_be_missing_is_warned_of() -> None:
    workflow = Workflow("W", timeout=60)
    with workflow.map("M", workflow.input["l"]) as each:
        me = {"S": workflow.context["Execution"]["Name"]}
        put = workflow.task("A", dynamodb.put_item(TableName="t", Item={"id": {"S": each["id"]}, "by": me}))
        put.compensate("B", dynamodb.delete_item(TableName="t", Key={"id": {"S": each["id"]}}), mine={"by": me})
    codes = [
        (warning.code, "input['l'][0]['id']" in warning.message) for warning in compile_workflow(workflow).warnings
    ]
    assert codes == [("KF236", True)]
    required = frozenset({("l",), ("l", 0), ("l", 0, "id")})
    assert compile_workflow(workflow, provided=required).warnings == ()


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize("name", ["Marks", "Failed Item", "Not Undone Marks", "Item", "Failed"])
def test_no_task_is_taken_for_what_keyflow_notes_of_an_iteration(name: str, language: Any) -> None:
    workflow = Workflow("W", type="STANDARD", query_language=language)
    with workflow.map("M", workflow.input["l"], tolerated_failures=1) as each:
        key = workflow.task(name, apigateway.create_api_key(name=each["n"]))
        workflow.task("Use", apigateway.get_api_key(apiKey=key["id"]))
    workflow.succeed({"ids": each.collect(key["id"]), "failed": each.failed})
    ended = run(compile_workflow(workflow).machine, {"l": [{"n": "a"}]}, Stubs(default=Success({"Id": "1"})))
    assert ended.output == {"ids": ["1"], "failed": []}


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_distributed_map_that_cannot_undo_stops_no_other_compensation(language: Any) -> None:
    workflow = Workflow("W", type="STANDARD", query_language=language)
    first = workflow.task("First", apigateway.create_api_key(name="first"))
    first.compensate("Remove First", apigateway.delete_api_key(apiKey=first["id"]))
    with workflow.map("M", workflow.input["l"], distributed="EXPRESS") as each:
        key = workflow.task("Key", apigateway.create_api_key(name=each["name"]))
        key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    workflow.task("Last", apigateway.get_account())
    document: Any = compile_workflow(workflow).document
    stubs = Stubs({"Last": Failure("Broken")}, default=Success({"Id": "k"}))
    assert run(asl.parse(document), {"l": [{"name": "a"}]}, stubs).error == "UnhandledError"
    assert {call.state for call in stubs.calls} >= {"Remove Key", "Remove First"}
    undoing = document["States"]["Undo First and Key"]["Branches"][1]["States"]["Key: Each of M"]
    children = undoing["ItemProcessor"]
    children["States"][children["StartAt"]] = {"Type": "Fail", "Error": "CannotStart"}
    stubs = Stubs({"Last": Failure("Broken")}, default=Success({"Id": "k"}))
    ended = run(asl.parse(document), {"l": [{"name": "a"}]}, stubs)
    assert "Remove First" in {call.state for call in stubs.calls}
    assert ended.error == "CompensationFailed"
    assert json.loads(str(ended.cause).removeprefix("Left behind: ")) == [{"task": "Key", "map": "M"}]


# Failures that are tolerated.


def seats(language: Any, **options: Any) -> Any:
    """Seats are held, and paid for; one that is `full` is not to be had."""
    workflow = Workflow("Seats", type="STANDARD", query_language=language)
    with workflow.map("Book", workflow.input["seats"], tolerated_failures=1, **options) as seat:
        hold = workflow.task("Hold", apigateway.create_api_key(name=seat["id"]))
        hold.compensate("Release", apigateway.delete_api_key(apiKey=hold["id"]))
        workflow.fail_if(seat["full"].is_true(), "SeatTaken", "Somebody else has it")
    tell = workflow.task("Tell", sqs.send_message(QueueUrl="q", MessageBody={"not": seat.failed}))
    tell.keep("it is read by people")
    workflow.succeed({"held": seat.collect(seat["id"]), "not": seat.failed})
    return compile_workflow(workflow)


def booked(compiled: Any, full: str, **outcomes: Any) -> tuple[Any, list[Any]]:
    """How it ends for the seats a, b and c, of which some are full; and the states that were called, with iterations."""
    data = {"seats": [{"id": name, "full": name in full} for name in "abc"]}
    stubs = Stubs({name.replace("_", " "): each for name, each in outcomes.items()}, default=Success({"Id": "k"}))
    return run(compiled.machine, data, stubs), [(call.state, *call.iteration) for call in stubs.calls]


def test_an_iteration_that_fails_by_child_executions_alone_undoes_itself() -> None:
    """No task in it fails; a child execution that does not start does."""
    workflow = Workflow("W", type="STANDARD")
    with workflow.map("M", workflow.input["l"], tolerated_failures=1) as each:
        key = workflow.task("Key", apigateway.create_api_key(name=each["name"]))
        key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
        with key.on_error():
            workflow.wait("Breathe", 1)
        with workflow.map("Inner", each["rest"], distributed="STANDARD"):
            workflow.wait("Pause", 1)
    inside = compile_workflow(workflow).document["States"]["M"]["ItemProcessor"]["States"]
    failed = inside["Inner"]["Catch"][0]["Next"]
    assert inside[failed]["Next"] == "M: Item Failed"
    assert "Remove Key at Once" in inside


@pytest.mark.parametrize("options", [{}, {"distributed": "EXPRESS"}])
@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_failure_that_is_tolerated_undoes_itself_alone(language: Any, options: Any) -> None:
    compiled = seats(language, **options)
    ended, calls = booked(compiled, full="b")
    assert ended.output == {"held": ["a", "c"], "not": [{"id": "b", "full": True}]}
    assert calls == [("Hold", 0), ("Hold", 1), ("Release at Once", 1), ("Hold", 2), ("Tell",)] or options
    assert [call for call in calls if "Release" in call[0]] == [("Release at Once", 1)]


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_one_failure_more_than_is_tolerated_undoes_everything(language: Any) -> None:
    ended, calls = booked(seats(language), full="bc")
    assert (ended.error, ended.cause) == ("SeatTaken", "Somebody else has it")
    undone = sorted(call for call in calls if "Release" in call[0])
    assert undone == [("Release", 0), ("Release at Once", 1), ("Release at Once", 2)]


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_what_was_tolerated_is_not_undone_twice_nor_told_again(language: Any) -> None:
    ended, calls = booked(seats(language), full="b", Tell=Failure("Broken"))
    assert ended.error == "UnhandledError", "not SeatTaken, which was tolerated"
    undone = sorted(call for call in calls if "Release" in call[0])
    assert undone == [("Release", 0), ("Release", 2), ("Release at Once", 1)]


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_failure_that_cannot_undo_itself_is_not_tolerated(language: Any) -> None:
    """S6, S7: everything else is undone, and somebody learns what is left."""
    ended, calls = booked(seats(language), full="b", Release_at_Once=Failure("Denied"))
    assert ended.error == "CompensationFailed"
    left = json.loads(str(ended.cause).removeprefix("Left behind: "))
    assert left == [{"task": "Hold", "compensation": "Release", "parameters": {"ApiKey": "k"}}]
    assert {call for call in calls if call[0] == "Release"} == {("Release", 0), ("Release", 2)}
    assert "Tell" not in {call[0] for call in calls}


def test_declared_failures_of_a_map_with_nothing_to_undo_are_tolerated_too() -> None:
    workflow = Workflow("W", type="STANDARD")
    with workflow.map("M", workflow.input["l"], tolerated_failures=1) as each:
        workflow.fail_if(each.item.is_true(), "Refused", "No")
    workflow.succeed({"failed": each.failed})
    machine = compile_workflow(workflow).machine
    assert run(machine, {"l": [True, False]}, Stubs()).output == {"failed": [True]}
    assert run(machine, {"l": [True, True]}, Stubs()).error == "Refused"


# Batches.


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_batch_is_an_array_and_its_items_are_iterated_over(language: Any) -> None:
    workflow = Workflow("W", type="STANDARD", query_language=language)
    with workflow.map("B", workflow.input["rows"], distributed="EXPRESS", batch_of=2, tolerated_failures=1) as batch:
        workflow.task("All", sqs.send_message(QueueUrl=workflow.input["q"], MessageBody={"rows": batch.items}))
        with workflow.map("R", batch.items) as row:
            workflow.task("One", sqs.send_message(QueueUrl="q", MessageBody={"id": row["id"], "at": row.index}))
    workflow.succeed({"failed": batch.failed})
    compiled = compile_workflow(workflow)
    rows = [{"id": name} for name in "abc"]
    stubs = Stubs({"All": [Success({}), Failure("E")]}, default=Success({}))
    ended = run(compiled.machine, {"q": "the queue", "rows": rows}, stubs)
    assert ended.output == {"failed": [rows[2:]]}
    assert [(call.state, call.iteration, call.parameters["MessageBody"]) for call in stubs.calls] == [
        ("All", (0,), {"rows": rows[:2]}),
        ("All", (1,), {"rows": rows[2:]}),
        ("One", (0, 0), {"id": "a", "at": 0}),
        ("One", (0, 1), {"id": "b", "at": 1}),
    ]
    assert stubs.calls[0].parameters["QueueUrl"] == "the queue"


def test_the_budget_counts_batches_and_what_failures_undo_at_once() -> None:
    """S9: 10 items in batches of 2, two batches at a time, are three waves, each of 3 items; and 5 + 2 are undone."""
    workflow = Workflow("W", type="STANDARD", timeout=1000)
    with workflow.map(
        "M", workflow.input["l"], at_most=10, max_concurrency=2, distributed="EXPRESS", batch_of=2, tolerated_failures=1
    ) as batch:
        key = workflow.task("A", apigateway.get_account(), timeout=20)
        key.compensate("B", apigateway.delete_api_key(apiKey="a"), timeout=5, retry=Retry(max_attempts=1, interval=2))
        with workflow.map("R", batch.items, max_concurrency=1):
            workflow.task("C", apigateway.get_account(), timeout=3)
    settling = 5 + 2 + 5
    forward = 3 * (20 + 2 * 3 + settling)
    assert compile_workflow(workflow).budget.worst.seconds == forward + 3 * settling


# Results that go to S3.


def writing(workflow: Workflow, **options: Any) -> Any:
    target = {"Bucket": Parameter("Bucket"), "Prefix": workflow.input["prefix"]}
    return workflow.map("M", workflow.input["l"], distributed="EXPRESS", result_writer=target, **options)


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_results_are_written(language: Any) -> None:
    workflow = Workflow("W", type="STANDARD", query_language=language)
    form = {"Transformation": "FLATTEN", "OutputType": "JSONL"}
    with writing(workflow, writer_config=form, tolerated_failures=1) as each:
        key = workflow.task("A", apigateway.create_api_key(name=each["n"]))
        each.write({"id": key["id"], "n": each["n"]})
    workflow.succeed({"key": each.results["ResultWriterDetails"]["Key"]})
    compiled = compile_workflow(workflow)
    assert asl.validate(compiled.document) == ()
    document: Any = compiled.document
    given = {"JSONPath": "Parameters", "JSONata": "Arguments"}[language]
    prefix = {"JSONPath": {"Prefix.$": "$.prefix"}, "JSONata": {"Prefix": "{% $states.input.prefix %}"}}[language]
    assert document["States"]["M"]["ResultWriter"] == {
        "Resource": "arn:aws:states:::s3:putObject",
        "WriterConfig": form,
        given: {"Bucket": "${Bucket}", **prefix},
    }
    assert document["States"]["M"]["ToleratedFailureCount"] == 1
    stubs = Stubs({"A": [Success({"Id": "1"}), Failure("E")]}, default=Success({}))
    ended = run(compiled.machine, {"prefix": "p", "l": [{"n": "x"}, {"n": "y"}]}, stubs)
    assert ended.output["key"].startswith("p/")
    written = [call.parameters for call in stubs.calls if call.resource.endswith("s3:putObject")]
    files = {each["Key"].rsplit("/", 1)[-1]: each["Body"] for each in written}
    assert list(files) == ["FAILED_0.jsonl", "SUCCEEDED_0.jsonl", "manifest.json"]
    assert json.loads(files["SUCCEEDED_0.jsonl"]) == {"id": "1", "n": "x"}
    failing = Stubs({"s3:putObject": Failure("S3.NoSuchBucket")}, default=Success({"Id": "1"}))
    refused = run(compiled.machine, {"prefix": "p", "l": [{"n": "x"}]}, failing)
    assert refused.error == "UnhandledError"


def test_who_writes_results_may_write_them_there_only() -> None:
    workflow = Workflow("W", type="STANDARD")
    with writing(workflow) as each:
        workflow.task("A", apigateway.get_account())
        each.write({})
    compiled = compile_workflow(workflow)
    granted = {
        action: statement["Resource"]
        for statement in workflow_policy(compiled)["Statement"]
        for action in statement["Action"]
        if action.startswith("s3:")
    }
    objects = ["arn:${AWS::Partition}:s3:::${Bucket}/*"]
    actions = ("AbortMultipartUpload", "GetObject", "ListMultipartUploadParts", "PutObject")
    assert granted == {f"s3:{action}": objects for action in actions}
