"""What `keyflow suggest` says of workflows: the compensation as code, which builds as it stands."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from keyflow import Workflow
from keyflow.compiler import compile_workflow
from keyflow.dsl.tasks import Task
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.suggestions import Suggestion, hint, suggested_compensations
from keyflow.suggestions.suggestion import undoing_name

Definition = Callable[[str], Workflow]

HEAD = """\
from keyflow import Parameter, Workflow, format
from keyflow.aws import (
    apigateway, cognito_idp, dynamodb, ec2, events, kms, lambda_, s3, scheduler, secretsmanager, sqs, ssm, stepfunctions
)

workflow = Workflow("W", type="STANDARD", timeout=900)
name = workflow.input["name"]
me = workflow.context["Execution"]["Id"]
"""
END = """
workflow.task("Look", sqs.get_queue_url(QueueName="q"))
"""


@pytest.fixture
def defined(tmp_path: Path) -> Definition:
    """A workflow from the lines that write its steps, in a file of its own."""

    def define(lines: str) -> Workflow:
        file = tmp_path / "definition.py"
        file.write_text(HEAD + textwrap.dedent(lines) + END)
        names: dict[str, object] = {}
        exec(compile(file.read_text(), str(file), "exec"), names)
        workflow = names["workflow"]
        assert isinstance(workflow, Workflow)
        return workflow

    return define


def the_only(workflow: Workflow) -> Suggestion:
    (found,) = suggested_compensations(workflow)
    return found


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (
            'key = workflow.task("Create Key", apigateway.create_api_key(name=name, description=me, customerId=me))',
            """\
            key.compensate(
                "Delete Key",
                apigateway.delete_api_key(apiKey=key["id"]),
                find=apigateway.get_api_keys(customerId=me),
                mine={"description": me},
            )""",
        ),
        (
            'plan = workflow.task("Create Plan", apigateway.create_usage_plan(name=name, description=me))',
            """\
            plan.compensate(
                "Delete Plan",
                apigateway.delete_usage_plan(usagePlanId=plan["id"]),
                find=apigateway.get_usage_plans(limit=500),
                mine={"description": me},
            )""",
        ),
        (
            'user = workflow.task("Add User", cognito_idp.admin_create_user(UserPoolId="pool", Username=name))',
            """\
            user.compensate(
                "Delete User", cognito_idp.admin_delete_user(UserPoolId="pool", Username=user["User"]["Username"])
            )""",
        ),
        (
            'saved = workflow.task("Save", dynamodb.put_item(TableName="t", Item={"pk": {"S": name}, "by": {"S": me}}))',
            """\
            saved.compensate(
                "Undo Save",
                dynamodb.delete_item(TableName="t", Key={"pk": {"S": name}}),
                mine={"by": {"S": me}},
            )""",
        ),
        (
            'stored = workflow.task("Store", s3.put_object(Bucket="b", Key=format("f/{}", me), Body="x"))',
            """stored.compensate("Undo Store", s3.delete_object(Bucket="b", Key=format("f/{}", me)))""",
        ),
        (
            'set_up = workflow.task("Put Targets", events.put_targets('
            'Rule=name, EventBusName="bus", Targets=[{"Id": "a", "Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}]))',
            """\
            set_up.compensate(
                "Remove Targets", events.remove_targets(Rule=name, Ids=["a"], EventBusName="bus")
            )""",
        ),
        (
            'run = workflow.task("Start Child", stepfunctions.start_execution('
            'stateMachineArn="arn:aws:states:eu-west-1:123456789012:stateMachine:m", input={}))',
            """\
            run.compensate("Stop Child", stepfunctions.stop_execution(executionArn=run["executionArn"]))""",
        ),
        (
            'kept = workflow.task("Make Secret", secretsmanager.create_secret(Name=format("s-{}", me), SecretString="x"))',
            'kept.compensate("Delete Secret", secretsmanager.delete_secret(SecretId=format("s-{}", me)))',
        ),
        (
            'key = workflow.task("Make Master Key", kms.create_key(Description=me))',
            """\
            key.compensate(
                "Schedule Master Key",
                kms.schedule_key_deletion(KeyId=key["KeyMetadata"]["KeyId"]),
            )""",
        ),
    ],
)
def test_a_call_is_undone_by_the_suggested_line_as_it_stands(defined: Definition, line: str, code: str) -> None:
    """The line is what is expected; pasted, nothing is forgotten any more and the workflow compiles."""
    found = the_only(defined(line))
    assert squeezed("\n".join(found.code)) == squeezed(code)
    pasted = defined("\n".join([line, *found.code]))
    assert list(suggested_compensations(pasted)) == []
    compile_workflow(pasted)


def squeezed(code: str) -> str:
    """Code without the places of its line breaks."""
    return re.sub(r",?\s*\)", ")", re.sub(r"\(\s+", "(", " ".join(code.split())))


@pytest.mark.parametrize(
    ("line", "instead", "option"),
    [
        (
            'key = workflow.task("Create Key", apigateway.create_api_key(name=name))',
            "key = workflow.task('Create Key', apigateway.create_api_key("
            "name=name, description=execution, customerId=execution))",
            "find=apigateway.get_api_keys(customerId=execution),",
        ),
        (
            'claim = workflow.task("Claim Name", dynamodb.put_item(TableName="t", '
            'Item={"who": {"S": name}, "x": {"S": "y"}}, ConditionExpression="attribute_not_exists(who)"))',
            "claim = workflow.task('Claim Name', dynamodb.put_item(TableName='t', "
            "Item={'who': {'S': name}, 'x': {'S': 'y'}, 'owner': {'S': execution}}, "
            "ConditionExpression='attribute_not_exists(who)'))",
            'mine={"owner": {"S": execution}},',
        ),
    ],
)
def test_what_the_task_must_write_to_be_recognised_is_written(
    defined: Definition, line: str, instead: str, option: str
) -> None:
    """The lines take the task's place, and build."""
    found = the_only(defined(line))
    assert found.code[:2] == ('execution = workflow.context["Execution"]["Id"]', instead)
    assert option in "\n".join(found.code)
    pasted = defined("\n".join(found.code))
    assert list(suggested_compensations(pasted)) == []
    compile_workflow(pasted)


def test_what_the_line_does_not_show_is_said(defined: Definition) -> None:
    found = the_only(defined('call = apigateway.create_api_key(name=name)\nkey = workflow.task("Create Key", call)'))
    assert "let the task write description=execution, customerId=execution" in found.notes[0]


def test_a_key_that_is_spread_into_an_item_is_the_key(defined: Definition) -> None:
    found = the_only(
        defined("""
            key = {"number": {"S": me}}
            saved = workflow.task("Save", dynamodb.put_item(TableName="t", Item={**key, "x": {"S": "y"}}))
        """)
    )
    assert "Key=key)" in "\n".join(found.code)


def test_a_key_that_nothing_shows_is_left_open(defined: Definition) -> None:
    found = the_only(
        defined("""
            item = {"number": {"S": me}, "x": {"S": "y"}}
            saved = workflow.task("Save", dynamodb.put_item(TableName="t", Item=item))
        """)
    )
    assert "Key=...)" in "\n".join(found.code)
    assert "Key does not show in the line: fill it in" in found.notes


def test_a_task_without_a_variable_gets_a_name(defined: Definition) -> None:
    found = the_only(defined('workflow.task("Make Queue", sqs.create_queue(QueueName=name))'))
    assert found.code == ('make_queue.compensate("Delete Queue", sqs.delete_queue(QueueUrl=make_queue["QueueUrl"]))',)
    assert found.notes[0] == 'give the task a name: make_queue = workflow.task("Make Queue", ...)'


def test_what_nothing_undoes_is_kept_or_comes_after_a_pivot(defined: Definition) -> None:
    found = the_only(defined('told = workflow.task("Tell", sqs.send_message(QueueUrl="q", MessageBody="x"))'))
    assert found.code == ('told.keep("why it may stay")',)
    assert "or, if nothing can go back from here on, write workflow.pivot() before it" in found.notes


def test_what_no_model_knows_is_asked_for(defined: Definition) -> None:
    found = the_only(defined('workflow.task("Charge", lambda_.invoke(FunctionName="charge", Payload={}))'))
    assert found.does == "runs what no model knows"
    assert ".reads()" in found.code[0]


@pytest.mark.parametrize(
    "lines",
    [
        'workflow.task("Read", dynamodb.get_item(TableName="t", Key={"pk": {"S": name}}))',
        'workflow.task("Call", lambda_.invoke(FunctionName="f", Payload={}).reads())',
        'workflow.task("Tell", sqs.send_message(QueueUrl="q", MessageBody="x")).keep("it is only news")',
        'workflow.pivot()\nworkflow.task("Tell", sqs.send_message(QueueUrl="q", MessageBody="x"))',
        'workflow.saga = False\nworkflow.task("Tell", sqs.send_message(QueueUrl="q", MessageBody="x"))',
    ],
)
def test_nothing_is_said_where_something_was(defined: Definition, lines: str) -> None:
    assert list(suggested_compensations(defined(lines))) == []


def test_what_belongs_to_what_a_task_made_needs_no_line_of_its_own(defined: Definition) -> None:
    workflow = defined("""
        queue = workflow.task("Make Queue", sqs.create_queue(QueueName=name))
        workflow.task("Tag", sqs.tag_queue(QueueUrl=queue["QueueUrl"], Tags={"a": "b"}))
    """)
    assert [each.name for each in suggested_compensations(workflow)] == ["Make Queue"]


def test_an_item_that_another_task_wrote_is_not_told_twice(defined: Definition) -> None:
    workflow = defined("""
        key = {"pk": {"S": name}}
        saved = workflow.task("Save", dynamodb.put_item(TableName="t", Item={**key, "by": {"S": me}}))
        saved.compensate("Remove", dynamodb.delete_item(TableName="t", Key=key), mine={"by": {"S": me}})
        workflow.task("Mark", dynamodb.update_item(TableName="t", Key=key, UpdateExpression="SET a = b"))
    """)
    assert list(suggested_compensations(workflow)) == []


def test_a_state_in_the_states_language_is_kept(defined: Definition) -> None:
    made = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:createQueue", "Parameters": {"QueueName": "q"}}
    branch = {"StartAt": "A", "States": {"A": {**made, "End": True}}}
    for document in (made, {"Type": "Parallel", "Branches": [branch]}):
        workflow = defined(f'workflow.state("Raw", {document!r})')
        found = the_only(workflow)
        assert (found.name, found.does, found.code) == ("Raw", "makes a queue", ('state.keep("why it may stay")',))


def test_tasks_are_found_wherever_they_stand(defined: Definition) -> None:
    workflow = defined("""
        with workflow.parallel("Both"):
            one = workflow.task("Make One", sqs.create_queue(QueueName="one"))
            two = workflow.task("Make Two", sqs.create_queue(QueueName="two"))
        with workflow.when(name == "x"):
            three = workflow.task("Make Three", sqs.create_queue(QueueName="three"))
    """)
    assert [each.code[0].split(".")[0] for each in suggested_compensations(workflow)] == ["one", "two", "three"]


def test_a_name_that_is_taken_is_not_given_again(defined: Definition) -> None:
    workflow = defined("""
        workflow.task("Delete Queue", sqs.get_queue_url(QueueName="x"))
        queue = workflow.task("Make Queue", sqs.create_queue(QueueName=name))
    """)
    assert the_only(workflow).code[0].startswith('queue.compensate("Undo Make Queue", ')


def test_a_hint_is_one_line(defined: Definition) -> None:
    workflow = defined("""
        key = workflow.task("Create Key", apigateway.create_api_key(name=name))
        workflow.task("Tell", sqs.send_message(QueueUrl="q", MessageBody="x"))
        workflow.task("Charge", lambda_.invoke(FunctionName="charge", Payload={}))
    """)
    hints = {task.name: hint(task, workflow) for task in workflow.tasks() if isinstance(task, Task)}
    assert hints == {
        "Create Key": 'key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))',
        "Tell": None,
        "Charge": None,
        "Look": None,
    }


def test_a_variable_is_no_builtin_of_python(defined: Definition) -> None:
    found = the_only(defined('workflow.task("Open", sqs.create_queue(QueueName=name))'))
    assert found.code[0].startswith("open_task.compensate(")


def test_the_worked_examples_forget_nothing() -> None:
    project = find_project(Path(__file__).parents[2])
    for workflow in load_definitions(project).workflows.values():
        assert isinstance(workflow, Workflow)
        assert list(suggested_compensations(workflow)) == [], workflow.name


def test_the_source_is_read_and_never_run(tmp_path: Path) -> None:
    """A file that is not there any more, or is no Python any more, costs the names, and nothing else."""
    file = tmp_path / "definition.py"
    source = HEAD + 'key = workflow.task("Create Key", apigateway.create_api_key(name=name))\n'
    names: dict[str, object] = {}
    exec(compile(source, str(file), "exec"), names)
    workflow = names["workflow"]
    assert isinstance(workflow, Workflow)
    assert 'create_key.compensate("Delete Key"' in "\n".join(the_only(workflow).code).replace("(\n    ", "(")
    file.write_text("def def raise SystemExit")
    assert the_only(workflow).name == "Create Key"


def test_what_was_added_to_something_is_removed_from_it() -> None:
    assert (
        undoing_name("Add To Group", "admin_add_user_to_group", "admin_remove_user_from_group") == "Remove From Group"
    )
    assert undoing_name("Create Key", "create_api_key", "delete_api_key") == "Delete Key"
