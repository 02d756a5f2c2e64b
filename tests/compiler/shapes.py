"""Small workflows, one for each shape that the compiler treats on its own. Built anew at each call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keyflow import Parameter, Retry, Workflow, format, intrinsics
from keyflow.aws import apigateway, dynamodb, s3, sqs, stepfunctions
from keyflow.dsl.steps import RawState
from keyflow.dsl.tasks import Task

FREE = "attribute_not_exists(pk)"
"""The condition that nobody has a key yet."""
SHAPES: dict[str, Callable[[], Workflow]] = {}


def shape(function: Callable[[], Workflow]) -> Callable[[], Workflow]:
    SHAPES[function.__name__] = function
    return function


def in_jsonata(name: str) -> Workflow:
    """A shape in the other query language; its raw states, which are JSONPath, are said to have no data."""
    workflow = SHAPES[name]()
    workflow.query_language = "JSONata"
    for step in workflow.steps():
        if isinstance(step, RawState):
            kept = {key: value for key, value in step.document.items() if key != "ResultPath"}
            step.document = {**kept, "Output": "{% $states.input %}"}
    return workflow


def make_key(workflow: Workflow, name: str, *, undo: bool = True, **options: Any) -> Task:
    """A task that makes an API key, and (with `undo`) its compensation."""
    task = workflow.task(f"Make {name}", apigateway.create_api_key(name=name), **options)
    if undo:
        task.compensate(f"Remove {name}", apigateway.delete_api_key(apiKey=task["id"]))
    return task


def tell(workflow: Workflow, name: str, body: Any, queue: Any = "https://q/1/q") -> None:
    """A message that stays, whatever comes of the workflow."""
    workflow.task(name, sqs.send_message(QueueUrl=queue, MessageBody=body)).keep(
        "whoever reads it asks what came of it"
    )


def by(workflow: Workflow) -> dict[str, Any]:
    """The attribute of an item that says whose it is."""
    return {"by": {"S": workflow.context["Execution"]["Name"]}}


@shape
def sequence() -> Workflow:
    """Two tasks of which the second needs the first: two undo stages, no guard."""
    workflow = Workflow("Sequence", timeout=60)
    key = make_key(workflow, "Key")
    plan = workflow.task("Make Plan", apigateway.create_usage_plan(name=format("plan of {}", key["id"])))
    plan.compensate("Remove Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
    tell(workflow, "Announce", {"plan": plan["id"]}, queue=Parameter("QueueUrl"))
    workflow.succeed({"key": key["id"]})
    return workflow


@shape
def independent_in_sequence() -> Workflow:
    """Two tasks that need nothing from each other: one undo stage, guarded, side by side."""
    workflow = Workflow("Independent", timeout=60)
    make_key(workflow, "A")
    make_key(workflow, "B")
    workflow.task("Last", apigateway.get_account())
    workflow.succeed()
    return workflow


@shape
def steps_in_branches() -> Workflow:
    """Branches of several steps, one of them nested: results keep their paths, failures reach the outside."""
    workflow = Workflow("Branches", timeout=200)
    with workflow.parallel("Both"):
        with workflow.branch("Left"):
            a = make_key(workflow, "A")
            workflow.task("Read A", apigateway.get_api_key(apiKey=a["id"]))
        with workflow.branch("Right"):
            with workflow.parallel("Inner"):
                b = make_key(workflow, "B")
                make_key(workflow, "C")
            workflow.fail_if(b["name"] == "bad", "BadName", "The name is bad")
    workflow.succeed({"a": a["id"], "b": b["id"]})
    return workflow


@shape
def alternatives() -> Workflow:
    """A compensable task on one path only: what is behind the paths asks before it undoes."""
    workflow = Workflow("Alternatives", timeout=60)
    kind = workflow.input["kind"]
    with workflow.when(kind == "key"):
        make_key(workflow, "Key")
    with workflow.otherwise(kind == "none"):
        workflow.fail("NoKind", "There is nothing to make")
    with workflow.otherwise():
        make_key(workflow, "Other")
    workflow.task("Last", apigateway.get_account())
    workflow.succeed(workflow.input)
    return workflow


@shape
def handlers() -> Workflow:
    """Errors that are handled: one goes on, one reads the error and fails."""
    workflow = Workflow("Handlers", timeout=100)
    first = make_key(workflow, "First")
    key = make_key(workflow, "Key", retry=Retry(errors=(apigateway.errors.TooManyRequestsException,), max_attempts=1))
    with key.on_error(apigateway.errors.ConflictException, apigateway.errors.LimitExceededException):
        make_key(workflow, "Spare")
    with key.on_error() as error:
        tell(workflow, "Note", error["Error"], queue="https://sqs/1/q")
        workflow.fail("NoKey", "There is no key to be had")
    workflow.task("Last", apigateway.get_api_key(apiKey=first["id"]))
    workflow.succeed()
    return workflow


@shape
def declared_after_completion() -> Workflow:
    """fail_if behind a completed task keeps its error through the undoing (S8), and a dead letter is sent (S7)."""
    workflow = Workflow("Declared", timeout=60)
    key = make_key(workflow, "Key")
    workflow.fail_if(key["enabled"] == False, "Disabled", "The key is disabled")  # noqa: E712
    workflow.dead_letter(sqs.send_message(QueueUrl=Parameter("Letters"), MessageBody=workflow.left_over))
    workflow.succeed({"id": key["id"], "token": intrinsics.uuid()})
    return workflow


@shape
def dataflow() -> Workflow:
    """The dataflow schedule: two levels, the second of which needs the first."""
    workflow = Workflow("Dataflow", schedule="dataflow", timeout=100)
    a = make_key(workflow, "A")
    b = make_key(workflow, "B")
    workflow.task("Read A", apigateway.get_api_key(apiKey=a["id"]))
    workflow.task("Read B", apigateway.get_api_key(apiKey=b["id"]))
    clean = workflow.task("Clean", dynamodb.delete_item(TableName="t", Key={"pk": {"S": "x"}}), after=b)
    clean.keep("it is of no use to anyone")
    workflow.succeed({"a": a["id"]})
    return workflow


@shape
def several_compensations() -> Workflow:
    """Two tasks of one stage, one with two compensations: each is tried, whatever becomes of the others (S6)."""
    workflow = Workflow("Several", timeout=100)
    with workflow.parallel("Make"):
        plan = workflow.task("Make Plan", apigateway.create_usage_plan(name="p"))
        make_key(workflow, "Key")
    plan.compensate("Rename Plan", apigateway.update_usage_plan(usagePlanId=plan["id"]))
    plan.compensate("Remove Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]), timeout=2)
    workflow.wait("Pause", 1)
    workflow.state(
        "Raw", {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "ResultPath": None, "TimeoutSeconds": 3}
    )
    workflow.succeed({"plan": plan["id"]})
    return workflow


@shape
def ambiguous_outcomes() -> Workflow:
    """Claims that are released whether or not their answer came (S10); what needs the result asks first."""
    workflow = Workflow("Ambiguous", timeout=100)
    key, mine = {"pk": {"S": workflow.input["id"]}}, by(workflow)
    claim = workflow.task("Claim", dynamodb.put_item(TableName="t", Item={**key, **mine}, ConditionExpression=FREE))
    with claim.on_error(dynamodb.errors.ConditionalCheckFailedException):
        workflow.fail("Taken", "It is taken")
    claim.compensate("Release", dynamodb.delete_item(TableName="t", Key=key), mine=mine)
    plan = workflow.task("Make Plan", apigateway.create_usage_plan(name=workflow.input["id"]))
    plan.compensate("Remove Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
    plan.compensate("Forget Plan", dynamodb.delete_item(TableName="plans", Key={"pk": mine["by"]}))
    with workflow.parallel("Last"):
        copied = dynamodb.put_item(TableName="copies", Item={**key, **mine}, ConditionExpression=FREE)
        copy = workflow.task("Copy", copied)
        make_key(workflow, "Key")
    copy.compensate("Remove Copy", dynamodb.delete_item(TableName="copies", Key=key), mine=mine)
    workflow.succeed({"plan": plan["id"]})
    return workflow


@shape
def looked_up() -> Workflow:
    """Answers that were lost are looked up (S10): in a stage of one, beside others, and a result that is no list."""
    workflow = Workflow("LookedUp", timeout=200)
    name, me = workflow.input["name"], workflow.context["Execution"]["Name"]
    plan = workflow.task("Make Plan", apigateway.create_usage_plan(name=name, description=me))
    plan.compensate(
        "Remove Plan",
        apigateway.delete_usage_plan(usagePlanId=plan["id"]),
        find=apigateway.get_usage_plans(),
        where=lambda found: found["name"] == name,
        mine={"description": me},
    )
    with workflow.parallel("Both"):
        key = workflow.task("Make Key", apigateway.create_api_key(name=plan["id"], description=me))
        queue = workflow.task("Make Queue", sqs.create_queue(QueueName=me))
    key.compensate(
        "Remove Key",
        apigateway.delete_api_key(apiKey=key["id"]),
        find=apigateway.get_api_keys(nameQuery=name),
        mine={"description": me},
    )
    key.compensate("Forget Key", dynamodb.delete_item(TableName="keys", Key={"pk": {"S": me}}))
    queue.compensate("Remove Queue", sqs.delete_queue(QueueUrl=queue["QueueUrl"]), find=sqs.get_queue_url(QueueName=me))
    workflow.succeed({"key": key["id"]})
    return workflow


@shape
def for_each() -> Workflow:
    """Items of an array, each undone on its own: declared errors, results collected, the input and results from outside."""
    workflow = Workflow("ForEach", timeout=100)
    owner = make_key(workflow, "Owner")
    with workflow.map("Book Seats", workflow.input["seats"], at_most=10, max_concurrency=5) as seat:
        with workflow.when(seat["kind"] == "none"):
            workflow.fail("NoSeat", "There is no such seat")
        hold = make_key(workflow, "Hold", undo=False)
        label = format("{} of {} for {}", seat.index, workflow.input["show"], owner["id"])
        pay = workflow.task("Pay", apigateway.create_usage_plan(name=label, description=seat["id"]))
        pay.compensate("Refund", apigateway.delete_usage_plan(usagePlanId=pay["id"]))
    hold.compensate("Release", apigateway.delete_api_key(apiKey=hold["id"]))
    tell(workflow, "Tell", {"plans": seat.collect(pay["id"])}, queue=Parameter("Queue"))
    workflow.succeed({"seats": seat.collect(seat["id"]), "holds": seat.collect(hold["id"])})
    return workflow


@shape
def read_items() -> Workflow:
    """Items that a distributed Map reads itself: where reading fails, what stands in front is undone."""
    workflow = Workflow("ReadItems", type="STANDARD")
    make_key(workflow, "Key")
    file = s3.get_object(Bucket=Parameter("Bucket"), Key=workflow.input["key"])
    csv = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    with workflow.map("Rows", file, distributed="STANDARD", reader_config=csv) as row:
        make_key(workflow, "Row Key")
        tell(workflow, "Note", row["name"])
    workflow.succeed({"names": row.collect(row["name"])})
    return workflow


@shape
def tolerated() -> Workflow:
    """Iterations of which one may fail: it undoes at once what it has done, and may have; the others stay."""
    workflow = Workflow("Tolerated", type="STANDARD")
    with workflow.map("Orders", workflow.input["orders"], tolerated_failures=1) as order:
        hold = make_key(workflow, "Hold", undo=False)
        hold.compensate("Release", apigateway.delete_api_key(apiKey=hold["id"]))
        workflow.fail_if(order["kind"] == "none", "NoSuchOrder", "There is no such order")
        name = format("{}-{}", order["id"], workflow.context["Execution"]["Name"])
        made = workflow.task("Make Queue", sqs.create_queue(QueueName=name))
        made.compensate(
            "Remove Queue", sqs.delete_queue(QueueUrl=made["QueueUrl"]), find=sqs.get_queue_url(QueueName=name)
        )
    tell(workflow, "Tell", {"failed": order.failed})
    workflow.succeed({"queues": order.collect(made["QueueUrl"]), "failed": order.failed})
    return workflow


@shape
def tolerated_inside() -> Workflow:
    """A tolerated iteration with iterations inside, all of which it undoes; what stands in front is undone, too."""
    workflow = Workflow("ToleratedInside", type="STANDARD")
    make_key(workflow, "Owner")
    with workflow.map("Orders", workflow.input["orders"], tolerated_failures=1, distributed="STANDARD") as order:
        with workflow.map("Lines", order["lines"]) as line:
            key = {"id": {"S": line["sku"]}, **by(workflow)}
            note = workflow.task("Note", dynamodb.put_item(TableName="t", Item=key))
            note.compensate("Forget", dynamodb.delete_item(TableName="t", Key=key))
        tell(workflow, "Tell", order["id"])
    workflow.succeed({"orders": order.collect(order["id"])})
    return workflow


@shape
def batches() -> Workflow:
    """Batches in child executions: a task for all items of one, and an iteration for each, which is undone alone."""
    workflow = Workflow("Batches", type="STANDARD")
    make_key(workflow, "Key")
    rows = s3.get_object(Bucket=Parameter("Bucket"), Key=workflow.input["key"])
    with workflow.map("Import", rows, at_most=100, distributed="STANDARD", batch_of=2, tolerated_failures=1) as batch:
        body = {"rows": batch.items, "first": batch.items[0]["id"], "of": workflow.input["key"]}
        tell(workflow, "Announce", body)
        with workflow.map("Rows", batch.items) as row:
            key = {"id": {"S": row["id"]}, **by(workflow)}
            put = workflow.task("Put Row", dynamodb.put_item(TableName="t", Item=key))
            put.compensate("Remove Row", dynamodb.delete_item(TableName="t", Key=key))
    workflow.succeed({"failed": batch.failed})
    return workflow


@shape
def written_results() -> Workflow:
    """Results that child executions write to S3: what fails in one stays there, and what stands in front is undone."""
    workflow = Workflow("Written", type="STANDARD")
    make_key(workflow, "Key")
    target = {"Bucket": Parameter("Bucket"), "Prefix": workflow.input["prefix"]}
    with workflow.map(
        "Score",
        workflow.input["rows"],
        distributed="STANDARD",
        tolerated_failures=1,
        result_writer=target,
    ) as row:
        with workflow.parallel("Both"):
            seen = workflow.task("Look", apigateway.get_api_key(apiKey=row["id"]))
            plan = workflow.task("Read Plan", apigateway.get_usage_plan(usagePlanId=row["plan"]))
        note = workflow.task("Note", dynamodb.put_item(TableName="t", Item={"id": {"S": seen["name"]}}))
        note.keep("a note is written over by the next one")
        with note.on_error(dynamodb.errors.ConditionalCheckFailedException):
            workflow.wait("Pause", 1)
        row.write({"id": row["id"], "plan": plan["name"]})
    workflow.succeed({"manifest": row.results["ResultWriterDetails"]["Key"]})
    return workflow


@shape
def rounds() -> Workflow:
    """A loop behind something that is undone: until it is ready, else a declared failure; and one in a branch."""
    workflow = Workflow("Rounds", type="STANDARD")
    name = workflow.input["name"]
    key = make_key(workflow, "Key")
    with workflow.repeat("Poll", at_most=3, every=5, error="NotReady", cause="It takes too long") as poll:
        seen = workflow.task("Look", apigateway.get_api_key(apiKey=key["id"]), retry=Retry(max_attempts=1))
        with seen.on_error(apigateway.errors.NotFoundException):
            workflow.fail("KeyGone", "Somebody else removed it")
        poll.until(seen["enabled"] == True)  # noqa: E712
    with workflow.parallel("Both"):
        with workflow.repeat("Ask", at_most=2, error="NoAnswer", cause="Nobody answers") as ask:
            plan = workflow.task("Read Plan", apigateway.get_usage_plan(usagePlanId=name))
            with workflow.when(plan["name"].is_present()):
                tell(workflow, "Note", plan["name"])
            ask.until(plan["description"] == name)
        made = workflow.task("Make Plan", apigateway.create_usage_plan(name=name))
    made.compensate("Remove Plan", apigateway.delete_usage_plan(usagePlanId=made["id"]))
    workflow.succeed({"seen": seen["name"]})
    return workflow


@shape
def nested_iterations() -> Workflow:
    """An iteration in an iteration beside a branch, in child executions: each level finds what it has done again."""
    workflow = Workflow("Nested", type="STANDARD")
    with workflow.map("Orders", workflow.input["orders"], distributed="STANDARD") as order:
        with workflow.parallel("Both"):
            with workflow.branch("Lines"):
                with workflow.map("Each Line", order["lines"]) as line:
                    name = format("{} of {}", line["sku"], order["id"])
                    key = workflow.task("Make Line", apigateway.create_api_key(name=name))
                    with key.on_error(apigateway.errors.ConflictException):
                        workflow.fail("NoLine", "The line cannot be made")
                key.compensate("Remove Line", apigateway.delete_api_key(apiKey=key["id"]))
            item = {"id": {"S": order["id"]}, **by(workflow)}
            made = workflow.task("Note Order", dynamodb.put_item(TableName="t", Item=item))
        made.compensate("Forget Order", dynamodb.delete_item(TableName="t", Key=item))
        told = workflow.task("Tell", sqs.create_queue(QueueName=workflow.context["Execution"]["Name"]))
        told.compensate(
            "Untell", sqs.delete_queue(QueueUrl=told["QueueUrl"]), find=sqs.get_queue_url(QueueName=order["id"])
        )
    workflow.succeed()
    return workflow


@shape
def waiting_for_others() -> Workflow:
    """A token that comes back, a workflow that ends, a role of another account, waits of the execution's own length."""
    workflow = Workflow("Waiting", type="STANDARD")
    name, role = workflow.input["name"], Parameter("RoleArn")
    key = {"pk": {"S": name}, **by(workflow)}
    claim = workflow.task("Claim", dynamodb.put_item(TableName="t", Item=key).with_role(role))
    claim.compensate("Release", dynamodb.delete_item(TableName="t", Key=key).with_role(role))
    workflow.wait("Cool Down", workflow.input["pause"])
    message = {"token": workflow.context["Task"]["Token"], "name": name}
    asked = workflow.task(
        "Ask",
        sqs.send_message(QueueUrl=Parameter("QueueUrl"), MessageBody=message).wait_for_task_token(),
        timeout=3600,
        heartbeat=600,
    )
    asked.keep("whoever is asked finds out what came of it")
    workflow.fail_if(asked["approved"] == False, "Refused", "Somebody said no")  # noqa: E712
    workflow.wait("Not Before", until=asked["from"])
    child = stepfunctions.start_execution(stateMachineArn=Workflow("Child").arn, input={"name": name})
    made = workflow.task("Make", child.sync(), timeout=300)
    made.keep("it undoes itself")
    workflow.succeed({"made": made["Output"]["id"]})
    return workflow


@shape
def chosen() -> Workflow:
    """A value of whichever task ran, in calls, compensations, conditions and the output; another with a default."""
    workflow = Workflow("Chosen", timeout=290)
    with workflow.when(workflow.input["kind"] == "plan"):
        plan = workflow.task("Make Plan", apigateway.create_usage_plan(name=workflow.input["name"]))
    with workflow.otherwise():
        key = make_key(workflow, "Key")
    plan.compensate("Remove Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
    made = workflow.first_of(plan["id"], key["id"])
    row = {"pk": {"S": made}}
    saved = workflow.task("Save", dynamodb.put_item(TableName="t", Item=row))
    saved.compensate("Unsave", dynamodb.delete_item(TableName="t", Key=row))
    nick = workflow.first_of(workflow.input["nick"], workflow.input["name"], "nobody", name="Nick")
    workflow.fail_if(nick == "bad", "BadNick", "That is no name")
    tell(workflow, "Tell", {"nick": nick, "made": made})
    workflow.succeed({"made": made, "nick": nick})
    return workflow


@shape
def chosen_after_errors() -> Workflow:
    """A task or its handler, of which a lost answer is noted in the task's own slot: in branches and in iterations."""
    workflow = Workflow("ChosenAfterErrors", timeout=290)
    with workflow.parallel("Both"):
        with workflow.branch("Named"):
            key = workflow.task("Make Key", apigateway.create_api_key(name=workflow.input["name"]))
            with key.on_error() as error:
                other = workflow.task("Read Key", apigateway.get_api_key(apiKey=workflow.input["name"]))
            whole = workflow.first_of(key, other)
            workflow.task("Read Again", apigateway.get_api_key(apiKey=whole["id"]))
            said = workflow.first_of(error["Error"], "fine")
        with workflow.branch("Rows"), workflow.map("Each", workflow.input["rows"], at_most=2) as row:
            read = workflow.task("Read", apigateway.get_usage_plan(usagePlanId=row["id"]))
            with read.on_error(apigateway.errors.NotFoundException):
                workflow.wait("Breathe", 1)
            found = workflow.first_of(read["name"], row["id"])
            workflow.task("Read Named", apigateway.get_api_key(apiKey=found))
    key.compensate("Remove Key", apigateway.delete_api_key(apiKey=key["id"]))
    workflow.succeed({"key": whole["id"], "said": said})
    return workflow
