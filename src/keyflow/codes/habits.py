"""KF269 to KF277: what one writes in Python out of habit, and a workflow does not have."""

from __future__ import annotations

from keyflow.codes.code import Code

CODES = (
    Code(
        code="KF269",
        name="block-never-entered",
        what="`when`, `parallel`, `on_error`, `map` or another opener of a block stands in no `with` statement.",
        why="The steps that follow would run unconditionally.",
        fix="Write `with ...:` in front, and the steps indented below.",
        example='workflow.when(workflow.input["kind"] == "big")\nworkflow.task("Look", apigateway.get_account())',
    ),
    Code(
        code="KF270",
        name="unused-call",
        what="A call is made, and no task is given it.",
        why="No state makes the call: the workflow does without it, and says nothing.",
        fix="Give it to a task: `workflow.task(name, call)`.",
        example='apigateway.delete_api_key(apiKey="key")',
    ),
    Code(
        code="KF271",
        name="input-of-another-workflow",
        what="A value is a member of another workflow's input.",
        why="An execution knows its own input alone.",
        fix="Use this workflow's own input, or `workflow.inline(other, input=...)` for the other one's steps.",
        example='workflow.task("Look", apigateway.get_api_key(apiKey=lookup.input["key"]))',
    ),
    Code(
        code="KF272",
        name="lost-workflow",
        what="A workflow is made, and no name leads to it when the file has run.",
        why="keyflow builds what a file's names hold, and what lists and dictionaries among them hold.",
        fix="Give each workflow a name of its own, or put them into a list.",
        example=(
            'for region in ["eu", "us"]:\n    each = Workflow(f"Look{region}", timeout=20)\n'
            '    each.task("Look", apigateway.get_account())'
        ),
    ),
    Code(
        code="KF273",
        name="computed-in-python",
        what="Python is asked to compute with a value that only an execution knows.",
        why="A definition describes the execution, and runs before it.",
        fix="Use an intrinsic function, or let a Lambda function compute.",
        example='workflow.task("Look", apigateway.get_usage_plan(usagePlanId=workflow.input["number"] * 2))',
    ),
    Code(
        code="KF274",
        name="member-with-a-dot",
        what="A member or a method of a value is named with a dot.",
        why="`value.name` would hide members that are named like methods.",
        fix="Name members in brackets. The hint says what stands for a method.",
        example='workflow.task("Look", apigateway.get_api_key(apiKey=workflow.input.key))',
    ),
    Code(
        code="KF275",
        name="expression-of-dynamodb",
        what="DynamoDB would refuse an expression: its syntax, a reserved word, a name or a value that is not given.",
        why="The call would fail in every execution.",
        fix="Write it as DynamoDB's page of expressions has it. Attributes with reserved names go by `#names`.",
        example=(
            'read = dynamodb.get_item(TableName="t", Key={"pk": {"S": "1"}}, ProjectionExpression="name")\n'
            'workflow.task("Read", read)'
        ),
    ),
    Code(
        code="KF276",
        name="never-sent",
        what="A workflow reads a member of its input that no route of it sends, or a route one that no body has.",
        why="Every execution would fail where it reads it.",
        fix="Correct the name, send it in `input=`, or ask `value.is_present()` first.",
        example=(
            'lookup.task("Look", apigateway.get_api_key(apiKey=lookup.input["kee"]))\n'
            'api.get("/keys/{key}", lookup, input={"key": api.path["key"]})'
        ),
    ),
    Code(
        code="KF277",
        name="made-anew",
        what="A UUID or a random number is made once in Python, and stands in two places.",
        why="Step Functions makes it where it stands: the two are not the same.",
        fix="Use the execution's own name for what must be the same, or let a task give the value back.",
        example=(
            'name = intrinsics.uuid()\nkey = workflow.task("Key", apigateway.create_api_key(name=name))\n'
            'key.keep("it is wanted")\nworkflow.succeed({"name": name})'
        ),
    ),
)
