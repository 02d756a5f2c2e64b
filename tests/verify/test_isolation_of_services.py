"""P6: what one execution writes, another one reads; what it only reads is no work; and one that runs twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from keyflow import Api, Workflow, format
from keyflow.aws import Call, apigateway, dynamodb, ec2, iam, lambda_, s3, secretsmanager, sns, sqs, ssm
from keyflow.compiler import compile_workflow
from keyflow.verify import Clash, Document, Isolation, isolations, subject_of_document, subject_of_workflow
from keyflow.verify.search.interleaving import Party, one_after_the_other
from keyflow.verify.search.isolation import Candidate
from keyflow.verify.world.own import OWN_NAME

TABLE = "records"
LANGUAGES: pytest.MarkDecorator = pytest.mark.parametrize("language", ["JSONPath", "JSONata"])


def found(*workflows: Workflow, apis: tuple[Api, ...] = ()) -> list[Isolation]:
    return list(isolations([subject_of_workflow(compile_workflow(each), apis) for each in workflows]))


def clashes(*workflows: Workflow, apis: tuple[Api, ...] = ()) -> list[Clash]:
    return [clash for each in found(*workflows, apis=apis) for clash in each.violations]


# Whether something is there, and then making it.


def query(name: Any, **more: Any) -> Call:
    values = {":pk": {"S": name}}
    return dynamodb.query(TableName=TABLE, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=values, **more)


LOOKS: dict[str, tuple[Callable[[Any], Call], Callable[[Any], Any]]] = {
    "query": (query, lambda result: result["Items"][0].is_present()),
    "count": (lambda name: query(name, Select="COUNT"), lambda result: result["Count"] > 0),
    "batch": (
        lambda name: dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": [{"pk": {"S": name}}]}}),
        lambda result: result["Responses"][TABLE][0].is_present(),
    ),
    "transaction": (
        lambda name: dynamodb.transact_get_items(
            TransactItems=[{"Get": {"TableName": TABLE, "Key": {"pk": {"S": name}}}}]
        ),
        lambda result: result["Responses"][0]["Item"]["by"].is_present(),
    ),
}


@LANGUAGES
@pytest.mark.parametrize("look", LOOKS)
def test_two_find_that_there_is_no_item_and_both_put_one(look: str, language: Any) -> None:
    call, is_there = LOOKS[look]
    workflow = Workflow("Register", type="STANDARD", timeout=28, query_language=language)
    name = workflow.input["name"]
    workflow.fail_if(is_there(workflow.task("Look", call(name))), "Taken", "The name is taken")
    item = {"pk": {"S": name}, "by": {"S": workflow.context["Execution"]["Name"]}}
    workflow.task("Put", dynamodb.put_item(TableName=TABLE, Item=item)).keep("it is the result")
    workflow.succeed({})
    (clash,) = clashes(workflow)
    assert [each.states for each in clash.segments] == [("Look",), ("Look", "Put"), ("Put",)]


@LANGUAGES
def test_two_list_no_key_of_a_name_and_both_make_one(language: Any) -> None:
    workflow = Workflow("Register", type="STANDARD", timeout=28, query_language=language)
    listed = workflow.task("List", apigateway.get_api_keys(nameQuery=workflow.input["name"]))
    workflow.fail_if(listed["items"][0].is_present(), "Taken", "The name is taken")
    workflow.task("Make", apigateway.create_api_key(name=workflow.input["name"])).keep("it is the result")
    workflow.succeed({})
    (clash,) = clashes(workflow)
    assert "left: api key of 'Make' of" in clash.finding.message


@pytest.mark.parametrize(
    ("read", "member", "write"),
    [
        (
            lambda name: lambda_.get_function_configuration(FunctionName=name),
            lambda result: result["Description"],
            lambda name, text: lambda_.update_function_configuration(FunctionName=name, Description=text),
        ),
        (
            lambda name: lambda_.get_function(FunctionName=name),
            lambda result: result["Configuration"]["Description"],
            lambda name, text: lambda_.update_function_configuration(FunctionName=name, Description=text),
        ),
        (
            lambda name: secretsmanager.get_secret_value(SecretId=name),
            lambda result: result["SecretString"],
            lambda name, text: secretsmanager.put_secret_value(SecretId=name, SecretString=text),
        ),
        (
            lambda name: sqs.get_queue_attributes(QueueUrl=name, AttributeNames=["All"]),
            lambda result: result["Attributes"]["Policy"],
            lambda name, text: sqs.set_queue_attributes(QueueUrl=name, Attributes={"Policy": text}),
        ),
    ],
)
def test_a_setting_that_was_read_is_written_back_over_a_newer_one(
    read: Callable[[Any], Call], member: Callable[[Any], Any], write: Callable[[Any, Any], Call]
) -> None:
    workflow = Workflow("Append", type="STANDARD", timeout=28)
    name, me = workflow.input["name"], workflow.context["Execution"]["Name"]
    seen = workflow.task("Read", read(name))
    workflow.task("Write", write(name, format("{} {}", member(seen), me))).keep("it is the result")
    workflow.succeed({})
    (clash,) = clashes(workflow)
    assert "not the same: " in clash.finding.message


def changing(**condition: Any) -> Workflow:
    """Writes an object of S3 that is what it was and some more; `condition` asks something of what is there."""
    workflow = Workflow("Append", type="STANDARD", timeout=28)
    place = {"Bucket": "b", "Key": workflow.input["name"]}
    seen = workflow.task("Read", s3.get_object(**place))
    asked = {name: seen["ETag"] if value is None else value for name, value in condition.items()}
    body = format("{} {}", seen["Body"], workflow.context["Execution"]["Name"])
    workflow.task("Write", s3.put_object(**place, Body=body, **asked)).keep("it is the result")
    workflow.succeed({})
    return workflow


def test_an_object_is_written_on_the_condition_that_it_is_the_one_that_was_read() -> None:
    assert clashes(changing()) != []
    assert clashes(changing(IfMatch="*")) != []
    (proof,) = found(changing(IfMatch=None))
    assert proof.holds
    assert proof.refusals == (("Append", "FAILED UnhandledError"),)


@pytest.mark.parametrize("asks", [True, False])
def test_an_object_is_a_lock_where_it_must_not_be_there(asks: bool) -> None:
    workflow = Workflow("Lock", type="STANDARD", timeout=28)
    condition = {"IfNoneMatch": "*"} if asks else {}
    workflow.task("Lock", s3.put_object(Bucket="b", Key="lock", Body="x", **condition)).keep("it is the lock")
    for name in ("first", "second"):
        value = workflow.context["Execution"]["Name"]
        put = ssm.put_parameter(Name=name, Value=value, Overwrite=True)
        workflow.task(f"Put {name}", put).keep("both have one value")
    workflow.succeed({})
    (proof,) = found(workflow)
    assert proof.holds is asks


def test_an_object_is_deleted_on_the_condition_that_it_is_the_one_that_was_written() -> None:
    workflow = Workflow("Hold", type="STANDARD", timeout=28, saga=False)
    place = {"Bucket": "b", "Key": workflow.input["name"]}
    put = workflow.task("Put", s3.put_object(**place, Body=workflow.context["Execution"]["Name"]))
    workflow.task("Delete", s3.delete_object(**place, IfMatch=put["ETag"]))
    workflow.succeed({})
    writer = Workflow("Write", type="STANDARD", timeout=28)
    name = writer.input["name"]
    writer.task("Write", s3.put_object(Bucket="b", Key=name, Body="x")).keep("it is the result")
    writer.succeed({})
    (both,) = (each for each in found(workflow, writer) if each.names == ("Hold", "Write"))
    assert both.holds
    assert both.refusals == (("Hold", "FAILED UnhandledError"),)


def test_of_a_user_and_a_group_of_one_name_each_is_deleted() -> None:
    """Alone, both deletions find what they are about; the later of two finds neither, and has deleted nothing."""
    workflow = Workflow("Leave", type="STANDARD", timeout=28, saga=False)
    workflow.task("Delete User", iam.delete_user(UserName=workflow.input["name"]))
    workflow.task("Delete Group", iam.delete_group(GroupName=workflow.input["name"]))
    workflow.succeed({})
    subject = subject_of_workflow(compile_workflow(workflow), [])
    candidate = Candidate(subject)
    party = Party(who="Leave", name=OWN_NAME, trials=candidate.trials, variant=candidate.variants[0], seed=1)
    alone = one_after_the_other((party,), {})
    assert alone.executions["Leave"].status == "SUCCEEDED"
    assert len(alone.world.deleted) == 2
    twice = one_after_the_other((party, replace(party, who="another")), {})
    assert twice.executions["another"].status == "FAILED"


# Who is refused has only read.


def scoring(call: Call) -> Workflow:
    workflow = Workflow("Score", type="STANDARD", timeout=28)
    name = workflow.input["name"]
    seen = workflow.task("Look", dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": name}}))
    workflow.fail_if(seen["Item"].is_present(), "Taken", "The name is taken")
    workflow.task("Score", call)
    item = {"pk": {"S": name}, "by": {"S": workflow.context["Execution"]["Name"]}}
    put = dynamodb.put_item(TableName=TABLE, Item=item, ConditionExpression="attribute_not_exists(pk)")
    workflow.task("Put", put).keep("it is the result")
    workflow.succeed({})
    return workflow


def test_a_function_that_only_reads_leaves_nothing() -> None:
    call = lambda_.invoke(FunctionName="score", Payload={"a": 1})
    (unknown,) = found(scoring(call))
    assert "work of 'Score'" in unknown.unprovable[0].finding.message
    (reading,) = found(scoring(call.reads()))
    assert (reading.violations, reading.unprovable) == ((), ())
    assert reading.interleavings > 0


@pytest.mark.parametrize(
    ("effects", "comment", "is_proven"),
    [
        (None, "", False),
        ({"Score": "reads"}, "", True),
        ({"score": "reads"}, "", True),
        ({"Score": "kept"}, "", True),
        (None, "effect: reads", True),
        ({"Score": "kept"}, "effect: reads", True),
    ],
)
def test_of_a_file_it_is_told_that_a_function_only_reads_or_that_its_work_stays(
    effects: Any, comment: str, is_proven: bool
) -> None:
    document = compile_workflow(scoring(lambda_.invoke(FunctionName="score", Payload={"a": 1}))).document
    document = json.loads(json.dumps(document))
    document["States"]["Score"]["Comment"] = comment
    given = Document(
        file="score.asl.json", name="score", text="", document=document, values={}, input={"name": "a"}, effects=effects
    )
    (proof,) = isolations([subject_of_document(given)])
    assert proof.holds
    assert (proof.unprovable == ()) is is_proven


# Twice under one name.


def twice(call: Callable[[Any], Call]) -> Isolation | None:
    workflow = Workflow("Notify", type="EXPRESS", timeout=28)
    task = workflow.task("Do", call(workflow.context["Execution"]["Name"]))
    if not task.call.is_read:
        task.keep("it is the result")
    api = Api("notes")
    api.post("/notes", workflow, asynchronous=True)
    return next(iter(found(workflow, apis=(api,))), None)


def message(**more: Any) -> Call:
    return sqs.send_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/1/q", MessageBody="x", **more)


COUNT = {
    "Update": {
        "TableName": TABLE,
        "Key": {"pk": {"S": "all"}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
}


@pytest.mark.parametrize(
    "call",
    [
        lambda _name: message(),
        lambda _name: sns.publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message="x"),
        lambda _name: apigateway.create_api_key(name="all"),
        lambda _name: dynamodb.transact_write_items(TransactItems=[COUNT]),
    ],
)
def test_what_is_about_nothing_with_a_name_is_there_twice(call: Callable[[Any], Call]) -> None:
    proof = twice(call)
    assert proof is not None
    (clash,) = proof.violations
    assert "runs twice under one name" in clash.finding.message


def test_of_a_function_nobody_knows_whether_running_twice_is_the_same() -> None:
    call = lambda_.invoke(FunctionName="f", Payload={})
    proof = twice(lambda _name: call)
    assert proof is not None
    assert (len(proof.violations), len(proof.unprovable)) == (0, 1)
    assert twice(lambda _name: call.reads()) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda name: message(MessageGroupId="g", MessageDeduplicationId=name),
        lambda name: sns.publish(
            TopicArn="arn:aws:sns:us-east-1:1:t.fifo", Message="x", MessageGroupId="g", MessageDeduplicationId=name
        ),
        lambda name: dynamodb.transact_write_items(TransactItems=[COUNT], ClientRequestToken=name),
        lambda name: ec2.create_volume(AvailabilityZone="a", Size=1, ClientToken=name),
    ],
)
def test_what_goes_by_a_token_is_there_once(call: Callable[[Any], Call]) -> None:
    """A FIFO queue takes a message once in five minutes, DynamoDB a transaction once in ten: an Express execution and
    its repetition take less.
    """
    proof = twice(call)
    assert proof is not None
    assert proof.holds
    assert proof.interleavings > 0


def test_which_of_the_two_has_sent_a_message_does_not_matter() -> None:
    """One sends the first of two, its repetition the second; to another queue, the same token is another message."""
    workflow = Workflow("Notify", type="EXPRESS", timeout=28)
    for queue in ("a.fifo", "b.fifo"):
        workflow.task(
            f"Tell {queue}",
            sqs.send_message(
                QueueUrl=f"https://sqs.us-east-1.amazonaws.com/1/{queue}",
                MessageBody="x",
                MessageGroupId="g",
                MessageDeduplicationId=workflow.context["Execution"]["Name"],
            ),
        ).keep("it is the result")
    api = Api("notes")
    api.post("/notes", workflow, asynchronous=True)
    (proof,) = found(workflow, apis=(api,))
    assert proof.holds


def test_who_has_read_what_does_not_matter() -> None:
    """Each writes what it has read into two items, and goes by its name: the two may write one each."""
    workflow = Workflow("Copy", type="EXPRESS", timeout=28)
    read = workflow.task("Read", apigateway.get_account())
    for part in ("a", "b"):
        item = {"pk": {"S": format("{}/{}", part, workflow.context["Execution"]["Name"])}}
        text = {"S": read["cloudwatchRoleArn"]}
        workflow.task(f"Put {part}", dynamodb.put_item(TableName=TABLE, Item={**item, "text": text})).keep("it is it")
    workflow.task("Look", dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": "c"}}))
    api = Api("copies")
    api.post("/copies", workflow, asynchronous=True)
    (proof,) = found(workflow, apis=(api,))
    assert proof.holds


# Of two that make a thing with one token, the second is given the first one's.


def test_executions_with_one_token_are_about_one_thing() -> None:
    workflow = Workflow("Make", type="STANDARD", timeout=28)
    made = workflow.task("Make", ec2.create_volume(AvailabilityZone="a", Size=1, ClientToken=workflow.input["token"]))
    made.keep("it is the result")
    workflow.task("Look", apigateway.get_account())
    workflow.succeed({"volume": made["VolumeId"]})
    (proof,) = found(workflow)
    assert (proof.holds, proof.interleavings) == (True, 1)
