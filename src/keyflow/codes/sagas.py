"""KF260 to KF268: what becomes of a change when a workflow fails, and whose a thing is."""

from __future__ import annotations

from keyflow.codes.code import Code

CODES = (
    Code(
        code="KF260",
        name="forgotten-change",
        what="A call changes something, and the workflow does not say what becomes of it when a later step fails.",
        why="What nothing undoes is left over. In a workflow that undoes nothing at all this is a warning.",
        fix=(
            "Undo it with `task.compensate(...)`, or say with `task.keep(...)` why it may stay. Or write "
            "`workflow.pivot()` before it. `Workflow(..., saga=False)` says that nothing is ever undone."
        ),
        example=(
            'plan = workflow.task("Plan", apigateway.create_usage_plan(name="p"))\n'
            'plan.compensate("Delete Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))\n'
            'workflow.task("Key", apigateway.create_api_key(name="k"))'
        ),
    ),
    Code(
        code="KF261",
        name="undoes-anothers",
        what="A compensation can delete or change what another execution has made.",
        why="It also runs when the answer of its task is lost, and it goes by a name that others can have.",
        fix='Store who made it, and ask for it: `compensate(..., mine={"owner": me})`. Or name it by the execution.',
        example=(
            'key = {"pk": {"S": workflow.input["name"]}}\n'
            'claim = workflow.task("Claim", dynamodb.put_item(TableName="t", Item=key))\n'
            'claim.compensate("Release", dynamodb.delete_item(TableName="t", Key=key))'
        ),
    ),
    Code(
        code="KF262",
        name="contradicting-declarations",
        what="Declarations contradict each other: a call is kept and undone, or reads and is kept, or `saga=False`.",
        why="Only one of them can be true.",
        fix="Take one of them away.",
        example='look = workflow.task("Look", apigateway.get_account())\nlook.keep("it reads")',
    ),
    Code(
        code="KF263",
        name="nothing-recognised",
        what="`mine=` names what the task does not write, or stands beside a call that cannot ask for it.",
        why="A compensation recognises the execution's own only by something that the task wrote.",
        fix="Name members that the task writes, with their values. Without DynamoDB, give the compensation a `find=`.",
        example=(
            'key = {"pk": {"S": workflow.input["name"]}}\n'
            'claim = workflow.task("Claim", dynamodb.put_item(TableName="t", Item=key))\n'
            'claim.compensate("Release", dynamodb.delete_item(TableName="t", Key=key), mine={"owner": {"S": "me"}})'
        ),
    ),
    Code(
        code="KF264",
        name="misplaced-pivot",
        what="A pivot stands where none can, or something after it fails the workflow or would be undone.",
        why="After the pivot nothing is undone: what follows is tried until it is done.",
        fix="Write the pivot on the workflow's own way forward, and ask what may fail before it.",
        example=(
            'workflow.task("Look", apigateway.get_account())\nworkflow.pivot()\n'
            'workflow.fail("TooLate", "It is too late")'
        ),
    ),
    Code(
        code="KF265",
        name="known-effect",
        what="`reads()` stands at a call that is known to change something.",
        why="It is for calls whose effect no model knows: functions, HTTP APIs, activities.",
        fix="Leave it out, and say what undoes the call.",
        example='apigateway.create_api_key(name="k").reads()',
    ),
    Code(
        code="KF266",
        name="undoes-nothing",
        what="A compensation only reads, or counts an error as done that does not say that anything is gone.",
        why="What it should undo stays.",
        fix="Use the call that undoes the task. Name errors like NotFoundException with `gone=`.",
        example=(
            'key = workflow.task("Key", apigateway.create_api_key(name="k"))\n'
            'key.compensate("Look", apigateway.get_api_key(apiKey=key["id"]))'
        ),
    ),
    Code(
        code="KF267",
        name="same-in-each-iteration",
        what="A task in a map makes the same thing in each iteration.",
        why="An iteration that fails undoes what the others have made.",
        fix="Let its key hold something of the item, or make it before the map.",
        example=(
            'me = {"S": workflow.context["Execution"]["Name"]}\n'
            'with workflow.map("Each", workflow.input["items"]) as each:\n'
            '    put = workflow.task("Put", dynamodb.put_item(TableName="t", Item={"pk": me}))\n'
            '    put.compensate("Remove", dynamodb.delete_item(TableName="t", Key={"pk": me}))'
        ),
    ),
    Code(
        code="KF268",
        name="silent-dead-letter",
        what="A dead letter says nothing of what is left.",
        why="Whoever reads it could not remove what stays.",
        fix="Put `workflow.left_over` into it.",
        example='workflow.dead_letter(dynamodb.put_item(TableName="left", Item={"pk": {"S": "something"}}))',
    ),
)
