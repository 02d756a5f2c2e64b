"""P6: what is found of two executions at once, what is not, and that every way to take turns is tried."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from keyflow import Api, Workflow
from keyflow.aws import Call, apigateway, dynamodb, lambda_, sns, ssm
from keyflow.compiler import compile_workflow
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.testing import assert_isolated
from keyflow.verify import Clash, Document, Isolation, Subject, isolations, subject_of_document, subject_of_workflow
from keyflow.verify.search import isolation
from keyflow.verify.search.interleaving import Party, one_after_the_other, schedules
from keyflow.verify.search.isolation import Candidate
from keyflow.verify.world.own import OTHERS_NAME, OWN_NAME

ROOT = Path(__file__).parents[2]
TABLE = "records"


def subjects(*workflows: Workflow, apis: tuple[Api, ...] = ()) -> list[Subject]:
    return [subject_of_workflow(compile_workflow(each), apis) for each in workflows]


def found(*workflows: Workflow, apis: tuple[Api, ...] = (), switches: int = 2) -> list[Isolation]:
    return list(isolations(subjects(*workflows, apis=apis), switches=switches))


def clashes(*workflows: Workflow, apis: tuple[Api, ...] = ()) -> list[Clash]:
    return [clash for each in found(*workflows, apis=apis) for clash in each.violations]


def names(clash: Clash) -> str:
    return clash.finding.message.partition("end so. ")[2]


# One workflow, twice.


def registering(condition: str | None, handled: bool) -> tuple[Workflow, Api]:
    """Reads whether a name is free, makes a key, and writes the name down."""
    workflow = Workflow("Register", timeout=28)
    name = workflow.input["name"]
    seen = workflow.task("Look", dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": name}}))
    workflow.fail_if(seen["Item"].is_present(), "Taken", "The name is taken")
    key = workflow.task("Make Key", apigateway.create_api_key(name=name))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    item = {"pk": {"S": name}, "key": {"S": key["id"]}}
    more = {} if condition is None else {"ConditionExpression": condition}
    save = workflow.task("Save", dynamodb.put_item(TableName=TABLE, Item=item, **more))
    if handled:
        with save.on_error(dynamodb.errors.ConditionalCheckFailedException):
            workflow.fail("Taken", "The name is taken")
    save.compensate(
        "Forget", dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": name}}), mine={"key": {"S": key["id"]}}
    )
    workflow.succeed({"key": key["value"]})
    api = Api("names")
    api.post("/names", workflow, input={"name": api.body["name"]}, success=201, errors={"Taken": 409})
    return workflow, api


def test_who_reads_and_then_writes_overwrites_what_another_has_written() -> None:
    workflow, api = registering(None, handled=False)
    (clash,) = clashes(workflow, apis=(api,))
    assert clash.finding.state == "Look"
    assert "left: api key of 'Make Key' of another Register" in names(clash)
    assert [(each.who, each.states) for each in clash.segments] == [
        ("Register", ("Look",)),
        ("another Register", ("Look", "Make Key", "Save")),
        ("Register", ("Make Key", "Save")),
    ]


def test_a_condition_without_a_handler_is_a_failure_that_no_order_has() -> None:
    workflow, api = registering("attribute_not_exists(pk)", handled=False)
    (clash,) = clashes(workflow, apis=(api,))
    assert names(clash).startswith('Register ends with 500 {"message": "Something went wrong"} instead of 409')


def test_a_condition_with_a_handler_ends_as_the_later_one_of_two() -> None:
    workflow, api = registering("attribute_not_exists(pk)", handled=True)
    (proof,) = found(workflow, apis=(api,))
    assert proof.holds
    assert proof.interleavings > 0
    assert proof.refusals == ()


def counting(update: Callable[[Workflow, Any, Any], Call]) -> Workflow:
    workflow = Workflow("Count", timeout=28)
    key = {"pk": {"S": workflow.input["name"]}}
    seen = workflow.task("Look", dynamodb.get_item(TableName=TABLE, Key=key))
    workflow.fail_if(~seen["Item"]["n"]["S"].is_present(), "Unknown", "There is none")
    task = workflow.task("Count", update(workflow, key, seen))
    task.keep("it counts")
    workflow.succeed({})
    return workflow


def test_a_value_that_was_read_is_written_back_over_a_newer_one() -> None:
    """One appends to what it has read: the other's part is lost."""
    workflow = Workflow("Append", timeout=28)
    key = {"pk": {"S": workflow.input["name"]}}
    seen = workflow.task("Look", dynamodb.get_item(TableName=TABLE, Key=key))
    workflow.fail_if(~seen["Item"]["words"]["S"].is_present(), "Unknown", "There is none")
    longer = workflow.task(
        "Append",
        dynamodb.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="SET words = :words",
            ExpressionAttributeValues={
                ":words": {"S": _joined(seen["Item"]["words"]["S"], workflow.context["Execution"]["Name"])}
            },
        ),
    )
    longer.keep("it is a log")
    (clash,) = clashes(workflow)
    assert names(clash).startswith("not the same: item ")


def _joined(*values: Any) -> Any:
    from keyflow import format

    return format("{} {}", *values)


def test_adding_is_the_same_in_any_order() -> None:
    workflow = Workflow("Count", type="STANDARD", timeout=28)
    add = dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": workflow.input["name"]}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    workflow.task("Count", add).keep("it counts")
    workflow.task("Look", apigateway.get_account())
    (proof,) = found(workflow)
    assert (proof.holds, proof.interleavings) == (True, 1)


def test_executions_about_different_things_are_not_tried() -> None:
    workflow = Workflow("Own", type="STANDARD", timeout=28)
    number = workflow.context["Execution"]["Name"]
    workflow.task("Put", dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": number}})).keep("it is the result")
    workflow.task("Look", dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": number}}))
    assert found(workflow) == []


def test_what_is_about_other_tables_is_run_once_and_not_once_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty workflows are 1,770 pairs: who touches what is learnt of each workflow, not of each pair."""
    runs = list[str]()

    def counted(parties: Any, initial: Any) -> Any:
        runs.append(parties[0].who)
        return one_after_the_other(parties, initial)

    monkeypatch.setattr(isolation, "one_after_the_other", counted)
    workflows = []
    for number in range(12):
        workflow = Workflow(f"Read{number}", type="STANDARD", timeout=28)
        name = workflow.input["name"]
        workflow.task("Read", dynamodb.get_item(TableName=f"t{number}", Key={"pk": {"S": name}}))
        workflow.task("Make", apigateway.create_api_key(name=name)).keep("it is the result")
        workflow.succeed({})
        workflows.append(workflow)
    assert found(*workflows) == []
    assert len(runs) == 24  # each on the input of the others, and on another one


def test_an_undoing_takes_back_what_another_has_changed_since() -> None:
    """One sets a parameter, fails, and sets back what it has read: what the other one set meanwhile is lost."""
    workflow = Workflow("Set", timeout=28)
    name = workflow.input["name"]
    old = workflow.task("Read", ssm.get_parameter(Name=name))
    change = workflow.task("Write", ssm.put_parameter(Name=name, Value=workflow.input["value"], Overwrite=True))
    change.compensate("Write Back", ssm.put_parameter(Name=name, Value=old["Parameter"]["Value"], Overwrite=True))
    claim = {"TableName": TABLE, "Item": {"pk": {"S": name}}, "ConditionExpression": "attribute_not_exists(pk)"}
    put = workflow.task("Claim", dynamodb.put_item(**claim))
    put.keep("the second one fails")
    (clash,) = clashes(workflow)
    assert any("Write Back" in segment.states for segment in clash.segments)


def test_work_that_no_model_knows_is_taken_back_by_what_is_declared() -> None:
    workflow = Workflow("Pay", timeout=28)
    name = workflow.input["name"]
    look = workflow.task("Look", dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": name}}))
    workflow.fail_if(look["Item"].is_present(), "Paid", "It is paid")
    charge = workflow.task("Charge", lambda_.invoke(FunctionName="pay", Payload={"charge": name}))
    charge.compensate("Refund", lambda_.invoke(FunctionName="pay", Payload={"refund": name}))
    item = {"pk": {"S": name}}
    note = dynamodb.put_item(TableName=TABLE, Item=item, ConditionExpression="attribute_not_exists(pk)")
    paid = workflow.task("Note", note)
    with paid.on_error(dynamodb.errors.ConditionalCheckFailedException):
        workflow.fail("Paid", "It is paid")
    paid.keep("it says that it is paid")
    (proof,) = found(workflow)
    assert proof.holds
    assert {refused for refused, _ending in proof.refusals} <= {"Pay"}


def test_a_message_of_who_is_refused_is_left() -> None:
    workflow = Workflow("Tell", timeout=28)
    name = workflow.input["name"]
    look = workflow.task("Look", dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": name}}))
    workflow.fail_if(look["Item"].is_present(), "Told", "It is told")
    workflow.task("Tell", sns.publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message="x"))
    item = {"pk": {"S": name}}
    note = dynamodb.put_item(TableName=TABLE, Item=item, ConditionExpression="attribute_not_exists(pk)")
    told = workflow.task("Note", note)
    with told.on_error(dynamodb.errors.ConditionalCheckFailedException):
        workflow.fail("Told", "It is told")
    told.keep("it says that it is told")
    (clash,) = clashes(workflow)
    assert "left: message of 'Tell' of" in names(clash)


# Two workflows.


def deleting(claims: bool) -> Workflow:
    """Deletes a key and its record: `claims` says whether the record is claimed first."""
    workflow = Workflow("Delete", timeout=28, saga=False)
    key = {"pk": {"S": workflow.input["name"]}}
    seen = workflow.task("Read", dynamodb.get_item(TableName=TABLE, Key=key))
    identifier = seen["Item"]["key"]["S"]
    with workflow.when(~identifier.is_present(), name="Gone?"):
        workflow.succeed(name="Gone")
    if claims:
        claim = workflow.task(
            "Claim",
            dynamodb.update_item(
                TableName=TABLE,
                Key=key,
                UpdateExpression="SET deleting = :yes",
                ConditionExpression="#key = :key",
                ExpressionAttributeNames={"#key": "key"},
                ExpressionAttributeValues={":yes": {"BOOL": True}, ":key": {"S": identifier}},
            ),
        )
        with claim.on_error(dynamodb.errors.ConditionalCheckFailedException):
            workflow.fail("Changed", "It was changed meanwhile")
    remove = workflow.task("Delete Key", apigateway.delete_api_key(apiKey=identifier))
    with remove.on_error(apigateway.errors.NotFoundException):
        pass
    workflow.task("Delete Record", dynamodb.delete_item(TableName=TABLE, Key=key))
    workflow.succeed(name="Deleted")
    return workflow


def rotating() -> Workflow:
    """Puts a new key into the place of one, unless somebody deletes it."""
    workflow = Workflow("Rotate", timeout=28)
    key = {"pk": {"S": workflow.input["name"]}}
    seen = workflow.task("Look", dynamodb.get_item(TableName=TABLE, Key=key))
    old = seen["Item"]["key"]["S"]
    workflow.fail_if(~old.is_present() | seen["Item"]["deleting"].is_present(), "Unknown", "There is none")
    new = workflow.task("Make Key", apigateway.create_api_key(name=workflow.input["name"]))
    new.compensate("Remove Key", apigateway.delete_api_key(apiKey=new["id"]))
    record = workflow.task(
        "Record",
        dynamodb.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="SET #key = :new",
            ConditionExpression="#key = :old AND attribute_not_exists(deleting)",
            ExpressionAttributeNames={"#key": "key"},
            ExpressionAttributeValues={":new": {"S": new["id"]}, ":old": {"S": old}},
        ),
    )
    with record.on_error(dynamodb.errors.ConditionalCheckFailedException):
        workflow.fail("Changed", "It was changed meanwhile")
    record.keep("from here on it is the one")
    workflow.pivot()
    remove = workflow.task("Remove Old Key", apigateway.delete_api_key(apiKey=old))
    with remove.on_error():
        pass
    workflow.succeed({"key": new["value"]})
    return workflow


def test_a_rotation_inside_a_deletion_leaves_a_key_without_a_record() -> None:
    (clash, *_others) = clashes(deleting(claims=False), rotating())
    assert clash.subject.name == "Delete"
    assert "left: api key of 'Make Key' of Rotate" in names(clash)
    assert clash.endings["Delete"].startswith("SUCCEEDED")
    assert clash.endings["Rotate"].startswith("SUCCEEDED")


def test_a_claim_keeps_the_two_apart() -> None:
    proofs = found(deleting(claims=True), rotating())
    assert [each.names for each in proofs] == [("Delete",), ("Delete", "Rotate"), ("Rotate",)]
    assert all(each.holds for each in proofs)
    assert ("Rotate", "FAILED Changed") in proofs[1].refusals


def counting_if(name: str, *, asks: bool) -> Workflow:
    """Counts in one row for all; one that `asks` does so for an input of one kind only."""
    workflow = Workflow(name, type="STANDARD", timeout=28)
    if asks:
        workflow.fail_if(~(workflow.input["kind"] == "counted"), "NotCounted", "It is of another kind")
    add = dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": "all"}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    workflow.task(f"Count {name}", add).keep("it counts")
    workflow.task(f"Look {name}", apigateway.get_api_key(apiKey=workflow.input["key"]))
    return workflow


def test_another_input_keeps_what_the_inner_workflow_asks_for() -> None:
    """Whichever of the two is named first: what the outer one asks for says nothing of the inner one's input."""
    tried = []
    for names_asking in (("A", "B"), ("B", "A")):
        workflows = [counting_if(each, asks=each == "A") for each in names_asking]
        (pair,) = (each for each in found(*workflows) if len(each.names) == 2)
        assert pair.holds
        tried.append(pair.interleavings)
    assert tried[0] == tried[1]


# Twice under one name.


def started(item: dict[str, Any], condition: str | None, workflow: Workflow) -> Workflow:
    more = {} if condition is None else {"ConditionExpression": condition}
    workflow.task("Put", dynamodb.put_item(TableName=TABLE, Item=item, **more)).keep("it is the result")
    workflow.task("Look", apigateway.get_account())
    return workflow


def test_an_asynchronous_express_execution_may_run_twice() -> None:
    workflow = Workflow("Notify", type="EXPRESS", timeout=28)
    workflow.task("Tell", sns.publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message="x")).keep("it is the result")
    name = workflow.context["Execution"]["Name"]
    started({"pk": {"S": name}}, None, workflow)
    assert found(workflow)[0].assumptions[0].finding.message.startswith("Notify is started by StartSyncExecution, or")
    api = Api("notes")
    api.post("/notes", workflow, asynchronous=True)
    (clash,) = clashes(workflow, apis=(api,))
    assert "runs twice under one name" in clash.finding.message
    assert "left: message of 'Tell' of another Notify" in clash.finding.message


def test_what_goes_by_the_executions_name_is_there_once() -> None:
    workflow = Workflow("Store", type="EXPRESS", timeout=28)
    name = workflow.context["Execution"]["Name"]
    started({"pk": {"S": name}}, "attribute_not_exists(pk)", workflow)
    (proof,) = found(workflow)
    assert proof.holds


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_synchronous_one_and_a_standard_one_run_once(kind: Any) -> None:
    workflow = Workflow("Notify", type=kind, timeout=28)
    workflow.task("Tell", sns.publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message="x")).keep("it is the result")
    workflow.succeed({})
    api = Api("notes")
    api.post("/notes", workflow, asynchronous=kind == "STANDARD")
    assert found(workflow, apis=(api,)) == []


# Every way to take turns.


def parties(*workflows: Workflow) -> Iterator[Party]:
    for index, subject in enumerate(subjects(*workflows)):
        candidate = Candidate(subject)
        name = (OWN_NAME, OTHERS_NAME)[index]
        yield Party(who=subject.name, name=name, trials=candidate.trials, variant=candidate.variants[0], seed=index)


def calling(name: str, calls: int) -> Workflow:
    workflow = Workflow(name, timeout=28)
    for index in range(calls):
        workflow.task(f"{name} {index}", apigateway.get_account())
    return workflow


@pytest.mark.parametrize(("one", "other"), [(1, 1), (2, 2), (3, 2), (3, 4)])
def test_all_interleavings_are_tried_and_each_once(one: int, other: int) -> None:
    """Of m and n calls there are C(m + n, m) ways, of which half a dozen begin with one; both orders are apart."""
    both = tuple(parties(calling("A", one), calling("B", other)))
    runs = [each for order in (both, both[::-1]) for each in schedules(order, one + other, {})]
    ways = [tuple(state for segment in run.segments for state in segment.states) for run in runs]
    assert len(ways) == len(set(ways)) == math.comb(one + other, one) - 2
    assert all(sorted(way) == sorted(ways[0]) for way in ways)


def test_two_switches_are_one_wholly_inside_the_other() -> None:
    both = tuple(parties(calling("A", 3), calling("B", 2)))
    runs = list(schedules(both, 2, {}))
    assert [[(each.who, len(each.states)) for each in run.segments] for run in runs] == [
        [("A", 1), ("B", 2), ("A", 2)],
        [("A", 2), ("B", 2), ("A", 1)],
    ]


@pytest.mark.parametrize(
    ("table", "readers"),
    [("orders", {"orders": ("Get",)}), ("{% 'orders' %}", {"orders": ("Get",)}), ("{% $states.input.table %}", {})],
)
def test_what_reads_a_table_is_known_where_the_definition_names_it(table: str, readers: dict[str, Any]) -> None:
    get = {"TableName": table, "Key": {"pk": {"S": "a"}}}
    state = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Arguments": get, "End": True}
    document = {"QueryLanguage": "JSONata", "StartAt": "Get", "States": {"Get": state}}
    given = Document(file="m.asl.json", name="m", text="", document=document, values={}, input={"table": "t"})
    assert Candidate(subject_of_document(given)).readers == readers


# The worked examples, files, and tests.


@pytest.mark.parametrize("others", [["RotateApiKey", "DeleteApiKey"], ["AddApiKey", "AddApiKeyFast", "DeleteApiKey"]])
def test_the_worked_examples_may_run_at_once(others: list[str]) -> None:
    proofs = assert_isolated(*others, strict=True, folder=ROOT)
    assert {name for each in proofs for name in each.names} == set(others)


def test_no_two_worked_examples_disturb_each_other_in_three_turns() -> None:
    apis = load_definitions(find_project(ROOT)).apis.values()
    assert apis
    assert_isolated("RotateApiKey", "DeleteApiKey", apis=apis, switches=3, folder=ROOT)


def test_the_assertion_shows_the_turns() -> None:
    with pytest.raises(AssertionError) as raised:
        assert_isolated(deleting(claims=False), rotating())
    assert "P6 (two executions at once end, world and answers, as if one had come after the other): Rotate runs" in str(
        raised.value
    )
    assert "    Delete: Read\n    Rotate: Look > Make Key > Record > Remove Old Key\n" in str(raised.value)


def test_definitions_that_keyflow_did_not_write() -> None:
    """The article's own: a rotation of its key inside its deletion."""
    folder = ROOT.parent / "shared" / "reference"
    if not folder.is_dir():
        folder = ROOT / "tests" / "handwritten"
    files = [next(folder.rglob(f"{name}*.asl.json")) for name in ("rotate-api-key", "delete-api-key")]
    given = [
        subject_of_document(
            Document(
                file=str(file), name=file.name, text=file.read_text(), document=json.loads(file.read_text()), values={}
            )
        )
        for file in files
    ]
    proofs = list(isolations(given))
    assert proofs
    assert any(clash.finding.property.name == "P6" for each in proofs for clash in each.violations)
