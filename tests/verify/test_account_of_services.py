"""The account of the world, service by service: what names a thing, what brings it back, whose it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyflow import DefinitionError, Workflow, format
from keyflow.aws import (
    apigateway,
    cognito_idp,
    dynamodb,
    ec2,
    ecs,
    events,
    glue,
    iam,
    kms,
    lambda_,
    s3,
    secretsmanager,
    sns,
    sqs,
    ssm,
    stepfunctions,
)
from keyflow.compiler import compile_workflow
from keyflow.diagnostics import CheckError
from keyflow.verify import Document, Proof, prove, subject_of_document, subject_of_workflow

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/queue"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:other"


def new() -> tuple[Workflow, Any]:
    """A workflow, and a name that no other execution has."""
    workflow = Workflow("W", timeout=250)
    return workflow, format("w-{}", workflow.context["Execution"]["Name"])


def said_of(write: Callable[[], Workflow], *, depth: int = 1) -> set[str]:
    """Codes of its build, and properties that its proof finds violated; `unprovable` where nothing is known."""
    try:
        workflow = write()
        workflow.task("Look", apigateway.get_account())
        workflow.succeed()
        compiled = compile_workflow(workflow)
    except DefinitionError as error:
        return {each.code for each in error.diagnostics}
    proof = prove(subject_of_workflow(compiled, ()), depth=depth)
    unknown = {"unprovable"} if proof.unprovable else set()
    return {example.finding.property.name for example in proof.violations} | unknown


# What is written into another's thing is no name of it.


def tags_what_is_anothers() -> Workflow:
    workflow, name = new()
    topic = workflow.task("Topic", sns.create_topic(Name=name))
    topic.compensate("Delete", sns.delete_topic(TopicArn=topic["TopicArn"]))
    workflow.task("Tag", sns.tag_resource(ResourceArn=workflow.input["arn"], Tags=[{"Key": "by", "Value": name}]))
    return workflow


def moves_anothers_alias() -> Workflow:
    workflow, _name = new()
    key = workflow.task("Key", kms.create_key())
    key.compensate("Delete", kms.schedule_key_deletion(KeyId=key["KeyMetadata"]["KeyId"]))
    alias = kms.update_alias(AliasName=workflow.input["alias"], TargetKeyId=key["KeyMetadata"]["KeyId"])
    workflow.task("Move", alias)
    return workflow


def tags_its_own() -> Workflow:
    workflow, name = new()
    topic = workflow.task("Topic", sns.create_topic(Name=name))
    topic.compensate("Delete", sns.delete_topic(TopicArn=topic["TopicArn"]))
    workflow.task("Tag", sns.tag_resource(ResourceArn=topic["TopicArn"], Tags=[{"Key": "by", "Value": "me"}]))
    return workflow


# What is given back may be another's.


def topic_of_a_shared_name() -> Workflow:
    workflow, _name = new()
    topic = workflow.task("Topic", sns.create_topic(Name=workflow.input["name"]))
    topic.compensate("Delete", sns.delete_topic(TopicArn=topic["TopicArn"]))
    return workflow


def queue_of_a_shared_name() -> Workflow:
    workflow, _name = new()
    queue = workflow.task("Queue", sqs.create_queue(QueueName="orders"))
    queue.compensate("Delete", sqs.delete_queue(QueueUrl=queue["QueueUrl"]))
    return workflow


def execution_of_a_shared_name() -> Workflow:
    workflow, _name = new()
    call = stepfunctions.start_execution(stateMachineArn=MACHINE, name=workflow.input["order"], input="{}")
    started = workflow.task("Start", call)
    started.compensate("Stop", stepfunctions.stop_execution(executionArn=started["executionArn"]))
    return workflow


def execution_without_a_name() -> Workflow:
    workflow, _name = new()
    started = workflow.task("Start", stepfunctions.start_execution(stateMachineArn=MACHINE, input="{}"))
    started.compensate("Stop", stepfunctions.stop_execution(executionArn=started["executionArn"]))
    return workflow


# By what a thing is undone.


def key_by_its_value() -> Workflow:
    workflow, _name = new()
    key = workflow.task("Key", apigateway.create_api_key(name="k"))
    key.compensate("Delete", apigateway.delete_api_key(apiKey=key["value"]))
    return workflow


def task_by_its_definition() -> Workflow:
    workflow, name = new()
    task = workflow.task("Run", ecs.run_task(taskDefinition="t", clientToken=name))
    task.compensate("Stop", ecs.stop_task(task=task["tasks"][0]["taskDefinitionArn"]))
    return workflow


def secret_by_its_arn() -> Workflow:
    workflow, name = new()
    secret = workflow.task("Secret", secretsmanager.create_secret(Name=name, SecretString="{}"))
    secret.compensate("Delete", secretsmanager.delete_secret(SecretId=secret["ARN"]))
    return workflow


def role_by_the_name_in_its_result() -> Workflow:
    workflow, _name = new()
    call = iam.create_role(RoleName=workflow.input["name"], AssumeRolePolicyDocument="{}")
    role = workflow.task("Role", call)
    role.compensate("Delete", iam.delete_role(RoleName=role["Role"]["RoleName"]))
    return workflow


def launch_template_by_its_name() -> Workflow:
    workflow, name = new()
    call = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={})
    workflow.task("Make", call).compensate("Delete", ec2.delete_launch_template(LaunchTemplateName=name))
    return workflow


def registry_by_a_name_inside() -> Workflow:
    workflow, name = new()
    made = workflow.task("Make", glue.create_registry(RegistryName=name))
    made.compensate("Delete", glue.delete_registry(RegistryId={"RegistryName": name}))
    return workflow


def targets_of_a_rule() -> Workflow:
    workflow, name = new()
    rule = workflow.task("Rule", events.put_rule(Name=name, ScheduleExpression="rate(1 hour)"))
    rule.compensate("Delete Rule", events.delete_rule(Name=name))
    target = {"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:123456789012:queue"}
    targets = workflow.task("Targets", events.put_targets(Rule=name, Targets=[target]), after=rule)
    targets.compensate("Remove Targets", events.remove_targets(Rule=name, Ids=["queue"]))
    return workflow


def several_at_once() -> Workflow:
    workflow, name = new()
    put = workflow.task("Put", s3.put_object(Bucket="b", Key=name, Body="x"))
    put.compensate("Delete", s3.delete_objects(Bucket="b", Delete={"Objects": [{"Key": name}]}))
    return workflow


# What is changed, and changed back.


def function_switched_and_back() -> Workflow:
    workflow, _name = new()
    old = workflow.task("Old", lambda_.get_alias(FunctionName="f", Name="live"))
    switched = workflow.task("Switch", lambda_.update_alias(FunctionName="f", Name="live", FunctionVersion="7"))
    back = lambda_.update_alias(FunctionName="f", Name="live", FunctionVersion=old["FunctionVersion"])
    switched.compensate("Switch Back", back)
    return workflow


def user_disabled_and_enabled() -> Workflow:
    workflow, _name = new()
    user = {"UserPoolId": "p_1", "Username": workflow.input["user"]}
    disabled = workflow.task("Disable", cognito_idp.admin_disable_user(**user))
    disabled.compensate("Enable", cognito_idp.admin_enable_user(**user))
    return workflow


def attributes_and_back() -> Workflow:
    workflow, _name = new()
    user = {"UserPoolId": "p_1", "Username": workflow.input["user"]}
    old = workflow.task("Old", cognito_idp.admin_get_user(**user))
    new_ones = [{"Name": "custom:plan", "Value": "gold"}]
    changed = workflow.task("Change", cognito_idp.admin_update_user_attributes(UserAttributes=new_ones, **user))
    back = cognito_idp.admin_update_user_attributes(UserAttributes=old["UserAttributes"], **user)
    changed.compensate("Change Back", back)
    return workflow


def parameter_and_back() -> Workflow:
    workflow, _name = new()
    old = workflow.task("Old", ssm.get_parameter(Name="/p"))
    written = workflow.task("Write", ssm.put_parameter(Name="/p", Value="new", Overwrite=True))
    back = ssm.put_parameter(Name="/p", Value=old["Parameter"]["Value"], Overwrite=True)
    written.compensate("Write Back", back)
    return workflow


# Messages and executions that others call off.


def message_called_off() -> Workflow:
    workflow, name = new()
    sent = workflow.task("Order", sqs.send_message(QueueUrl=QUEUE, MessageBody=name))
    sent.compensate("Call Off", sqs.send_message(QueueUrl=QUEUE, MessageBody=format("cancel {}", name)))
    return workflow


def topic_called_off() -> Workflow:
    workflow, name = new()
    topic = workflow.task("Topic", sns.create_topic(Name=name))
    topic.compensate("Tell", sns.publish(TopicArn=topic["TopicArn"], Message="please remove it"))
    return workflow


def job_that_has_ended_and_its_file() -> Workflow:
    """The run is over when the task is: what it has made, only its author knows."""
    workflow = Workflow("W", type="STANDARD", timeout=8000)
    file = format("staged/{}", workflow.context["Execution"]["Name"])
    job = workflow.task("Job", glue.start_job_run(JobName="j", Arguments={"--to": file}).sync(), timeout=3600)
    job.compensate("Remove File", s3.delete_object(Bucket="b", Key=file))
    return workflow


def job_that_still_runs_and_its_file() -> Workflow:
    workflow, name = new()
    job = workflow.task("Job", glue.start_job_run(JobName="j", Arguments={"--to": name}))
    job.compensate("Remove File", s3.delete_object(Bucket="b", Key=name))
    return workflow


# Items of DynamoDB.


def item_in_another_table() -> Workflow:
    workflow, name = new()
    put = workflow.task("Put", dynamodb.put_item(TableName="a", Item={"pk": {"S": name}, "x": {"S": "1"}}))
    put.compensate("Remove", dynamodb.delete_item(TableName="b", Key={"pk": {"S": name}}))
    return workflow


def half_of_a_batch() -> Workflow:
    workflow, name = new()
    keys = [{"pk": {"S": format("{}-{}", name, each)}} for each in ("a", "b")]
    items = {"t": [{"PutRequest": {"Item": {**key, "x": {"S": "1"}}}} for key in keys]}
    put = workflow.task("Put", dynamodb.batch_write_item(RequestItems=items))
    put.compensate("Remove", dynamodb.delete_item(TableName="t", Key=keys[0]))
    return workflow


def own_item_that_goes_on() -> Workflow:
    workflow, name = new()
    key = {"pk": {"S": name}}
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={**key, "state": {"S": "open"}}))
    put.compensate("Remove", dynamodb.delete_item(TableName="t", Key=key))
    values = {":done": {"S": "done"}, ":open": {"S": "open"}}
    update = dynamodb.update_item(
        TableName="t",
        Key=key,
        UpdateExpression="SET #s = :done",
        ConditionExpression="#s = :open",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues=values,
    )
    workflow.task("Close", update)
    return workflow


def updated(update: str, back: str, **values: dict[str, Any]) -> Workflow:
    workflow, name = new()
    key = {"pk": {"S": workflow.input["id"]}}
    given = {":me": {"S": name}, **{f":{each}": value for each, value in values.items()}}

    def call(expression: str, condition: str) -> Any:
        used = {each: value for each, value in given.items() if each in f"{expression} {condition}"}
        return dynamodb.update_item(
            TableName="t",
            Key=key,
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeValues=used,
        )

    changed = workflow.task("Change", call(update, "attribute_not_exists(holder)"))
    failed = dynamodb.errors.ConditionalCheckFailedException
    changed.compensate("Change Back", call(back, "holder = :me"), gone=failed)
    return workflow


def list_that_keeps_what_was_appended() -> Workflow:
    return updated("SET entries = list_append(entries, :x), holder = :me", "REMOVE holder", x={"L": [{"S": "x"}]})


def copy_that_stays() -> Workflow:
    return updated("SET kept = size_, holder = :me", "REMOVE holder")


def counter_with_a_beginning() -> Workflow:
    zero_and_one = {"z": {"N": "0"}, "o": {"N": "1"}}
    return updated("SET q = if_not_exists(q, :z) + :o, holder = :me", "SET q = :z REMOVE holder", **zero_and_one)


def counter_counted_back() -> Workflow:
    zero_and_one = {"z": {"N": "0"}, "o": {"N": "1"}}
    return updated("SET q = if_not_exists(q, :z) + :o, holder = :me", "SET q = q - :o REMOVE holder", **zero_and_one)


# Lookups.


def found_among_other_things() -> Workflow:
    workflow, name = new()
    key = workflow.task("Key", apigateway.create_api_key(name="k", description=name))
    delete = apigateway.delete_api_key(apiKey=key["id"])
    key.compensate("Delete", delete, find=apigateway.get_usage_plans(), mine={"description": name})
    return workflow


def found_by_what_makes() -> Workflow:
    workflow, name = new()
    key = workflow.task("Key", apigateway.create_api_key(name="k", description=name))
    delete = apigateway.delete_api_key(apiKey=key["id"])
    key.compensate("Delete", delete, find=apigateway.create_api_key(name="x"), mine={"description": name})
    return workflow


def _keys_of_items(*marks: str) -> Workflow:
    workflow, _name = new()
    me = workflow.context["Execution"]["Name"]
    with workflow.map("Each", workflow.input["items"]) as each:
        written = {"name": each["name"], "description": me}
        key = workflow.task("Key", apigateway.create_api_key(**written))
        delete = apigateway.delete_api_key(apiKey=key["id"])
        mine = {mark: written[mark] for mark in marks}
        key.compensate("Delete", delete, find=apigateway.get_api_keys(), mine=mine)
    return workflow


def key_of_any_iteration() -> Workflow:
    return _keys_of_items("description")


def key_of_its_own_iteration() -> Workflow:
    return _keys_of_items("description", "name")


def code_that_a_state_runs() -> Workflow:
    workflow, name = new()
    topic = workflow.task("Topic", sns.create_topic(Name=name))
    topic.compensate("Delete", sns.delete_topic(TopicArn=topic["TopicArn"]))
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f"},
        "ResultPath": None,
        "TimeoutSeconds": 5,
    }
    workflow.state("Charge", invoke)
    return workflow


def policy_of_a_role_by_both_of_its_names() -> Workflow:
    """A service repeats the name that it was given: the role of the result is the role of the name."""
    workflow, execution = new()
    name = format("role-{}", execution)
    anyone = {"Version": "2012-10-17", "Statement": []}
    role = workflow.task("Role", iam.create_role(RoleName=name, AssumeRolePolicyDocument=anyone))
    role.compensate("Delete Role", iam.delete_role(RoleName=name))
    put = iam.put_role_policy(RoleName=role["Role"]["RoleName"], PolicyName="p", PolicyDocument=anyone)
    policy = workflow.task("Policy", put)
    policy.compensate("Delete Policy", iam.delete_role_policy(RoleName=name, PolicyName="p"))
    return workflow


def job_that_fails_half_way() -> Workflow:
    """Its failure says nothing of what it had done by then; a refusal to start it says that it has done nothing."""
    workflow = Workflow("Jobs", type="STANDARD", timeout=600)
    name = workflow.context["Execution"]["Name"]
    job = workflow.task("Job", glue.start_job_run(JobName="j", Arguments={"--out": name}).sync(), timeout=60)
    job.compensate("Remove", s3.delete_object(Bucket="b", Key=name))
    return workflow


def item_under_a_key_of_ones_own_that_is_asked_for() -> Workflow:
    """`mine=` where the key is the execution's own already: a condition that fails says that the item is gone."""
    workflow, name = new()
    key = workflow.task("Key", apigateway.create_api_key(name="k", description=name))
    key.keep("a key without an item is nobody's")
    at, me = {"pk": {"S": key["id"]}}, {"owner": {"S": name}}
    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={**at, **me}))
    put.compensate("Remove", dynamodb.delete_item(TableName="t", Key=at), mine=me)
    return workflow


UNSAFE: list[tuple[Callable[[], Workflow], set[str]]] = [
    (tags_what_is_anothers, {"KF260"}),
    (moves_anothers_alias, {"KF260"}),
    (topic_of_a_shared_name, {"KF261"}),
    (queue_of_a_shared_name, {"KF261"}),
    (execution_of_a_shared_name, {"KF261"}),
    (key_by_its_value, {"P1"}),
    (task_by_its_definition, {"P1"}),
    (topic_called_off, {"P1"}),
    (job_that_still_runs_and_its_file, {"P1"}),
    (item_in_another_table, {"P1"}),
    (half_of_a_batch, {"P1"}),
    (list_that_keeps_what_was_appended, {"P1"}),
    (copy_that_stays, {"P1"}),
    (counter_with_a_beginning, {"P1"}),
    (found_among_other_things, {"KF237"}),
    (found_by_what_makes, {"KF237"}),
    (key_of_any_iteration, {"KF267"}),
    (code_that_a_state_runs, {"unprovable"}),
]
SOUND = [
    policy_of_a_role_by_both_of_its_names,
    job_that_fails_half_way,
    item_under_a_key_of_ones_own_that_is_asked_for,
    tags_its_own,
    execution_without_a_name,
    secret_by_its_arn,
    role_by_the_name_in_its_result,
    launch_template_by_its_name,
    registry_by_a_name_inside,
    targets_of_a_rule,
    several_at_once,
    function_switched_and_back,
    user_disabled_and_enabled,
    attributes_and_back,
    parameter_and_back,
    message_called_off,
    job_that_has_ended_and_its_file,
    own_item_that_goes_on,
    counter_counted_back,
    key_of_its_own_iteration,
]


@pytest.mark.parametrize(("write", "said"), UNSAFE, ids=lambda each: getattr(each, "__name__", ""))
def test_what_is_unsafe_is_found(write: Callable[[], Workflow], said: set[str]) -> None:
    assert said <= said_of(write)


@pytest.mark.parametrize("write", SOUND, ids=lambda each: each.__name__)
def test_what_is_sound_is_not_accused(write: Callable[[], Workflow]) -> None:
    assert said_of(write) <= {"unprovable"}


def test_a_condition_on_ones_own_key_may_fail_in_pairs() -> None:
    assert said_of(item_under_a_key_of_ones_own_that_is_asked_for, depth=2) <= {"unprovable"}


# Definitions in the States Language.

SDK = "arn:aws:states:::aws-sdk:"
TELL = {"QueueUrl": QUEUE, "MessageBody.$": "$$.Execution.Name"}


def task(resource: str, parameters: dict[str, Any], to: str | None, *catch: tuple[str, str], **more: Any) -> Any:
    catchers = [{"ErrorEquals": [error], "ResultPath": None, "Next": state} for error, state in catch]
    where = {"Next": to} if to else {"End": True}
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": parameters,
        "ResultPath": None,
        "TimeoutSeconds": 5,
        **({"Catch": catchers} if catchers else {}),
        **where,
        **more,
    }


def machine(**states: Any) -> dict[str, Any]:
    named = {name.replace("_", " "): state for name, state in states.items()}
    look = task(f"{SDK}apigateway:getAccount", {}, None)
    failed = {"Type": "Fail", "Error": "Failed"}
    return {"StartAt": next(iter(named)), "TimeoutSeconds": 120, "States": {"Look": look, **named, "Failed": failed}}


def proof_of(document: dict[str, Any], **told: Any) -> Proof:
    given = Document(file="m.asl.json", name="m", text="", document=document, values={}, **told)
    return prove(subject_of_document(given), depth=1)


def put_and_forgotten() -> dict[str, Any]:
    item = {"id": {"S.$": "$$.Execution.Name"}, "total": {"N": "3"}}
    return machine(Put=task("arn:aws:states:::dynamodb:putItem", {"TableName": "t", "Item": item}, "Look"))


def test_a_forgotten_item_of_its_own_is_left() -> None:
    assert {each.finding.property.name for each in proof_of(put_and_forgotten()).violations} == {"P1"}


def test_what_is_told_of_a_function_counts_for_its_arn() -> None:
    charge = task("arn:aws:lambda:us-east-1:123456789012:function:charge", {}, "Look")
    document = machine(Charge=charge, Refund=task("arn:aws:states:::lambda:invoke", {"FunctionName": "refund"}, None))
    proof = proof_of(document, effects={"charge": ["refund"], "refund": "reads"})
    assert "what 'Charge' did" in " ".join(each.finding.message for each in proof.violations)


def test_a_choice_may_ask_whether_there_is_something_to_undo() -> None:
    """What names a thing that was made is never missing from the answer."""
    choices = [{"Variable": "$.key.Id", "IsPresent": True, "Next": "Delete"}]
    delete = {"ApiKey.$": "$.key.Id"}
    message = {"QueueUrl": QUEUE, "MessageBody.$": "$.key.Id"}
    document = machine(
        Key=task(f"{SDK}apigateway:createApiKey", {"Name": "k"}, "Look", ("States.ALL", "Had"), ResultPath="$.key"),
        Look=task(f"{SDK}apigateway:getAccount", {}, None, ("States.ALL", "Had")),
        Had={"Type": "Choice", "Choices": choices, "Default": "Failed"},
        Delete=task(f"{SDK}apigateway:deleteApiKey", delete, "Failed", ("States.ALL", "Tell")),
        Tell=task("arn:aws:states:::sqs:sendMessage", message, "Failed", ("States.ALL", "Failed")),
    )
    assert not proof_of(document).violations
    document["States"]["Had"]["Choices"][0]["Next"] = "Failed"
    assert {each.finding.property.name for each in proof_of(document).violations} == {"P1"}


def test_deleting_again_what_only_it_can_have_made_is_harmless() -> None:
    key = {"Bucket": "b", "Key.$": "$$.Execution.Name"}
    put = task(f"{SDK}s3:putObject", {**key, "Body": "x"}, "Look", ("States.ALL", "Remove"))
    remove = task(f"{SDK}s3:deleteObject", key, "Again", ("States.ALL", "Tell"))
    again = task(f"{SDK}s3:deleteObject", key, "Failed", ("States.ALL", "Tell"))
    tell = task("arn:aws:states:::sqs:sendMessage", TELL, "Failed", ("States.ALL", "Failed"))
    look = task(f"{SDK}apigateway:getAccount", {}, None, ("States.ALL", "Remove"))
    assert not proof_of(machine(Put=put, Look=look, Remove=remove, Again=again, Tell=tell)).violations


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("effect: reads", "does not only read: it creates an api key"),
        ("effect: read", "says the effect 'read', which means nothing"),
        ("effects: none", "says the effect 'none', which means nothing"),
        ("effect: undone by Key", "'Key' cannot undo itself"),
        ("effect: undone by arn:aws:lambda:us-east-1:1:function:x", "no state and no function"),
    ],
)
def test_a_comment_that_cannot_be_meant_is_an_error(comment: str, said: str) -> None:
    document = machine(Key=task(f"{SDK}apigateway:createApiKey", {"Name": "k"}, "Look", Comment=comment))
    with pytest.raises(CheckError, match=said):
        proof_of(document)


def test_a_comment_in_plain_words_is_no_declaration() -> None:
    comment = "Makes the key. The side effect: it counts towards the quota"
    document = machine(Key=task(f"{SDK}apigateway:createApiKey", {"Name": "k"}, "Look", Comment=comment))
    assert proof_of(document).violations
