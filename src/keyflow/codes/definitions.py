"""KF201 to KF246: what a definition in Python says wrongly, at the line that says it."""

from __future__ import annotations

from keyflow.codes.code import Code

CODES = (
    Code(
        code="KF201",
        name="unknown-service",
        what="AWS has no service of that name.",
        why="Services have boto3's names, with `_` for `-`.",
        fix="Use the name in the hint, or update botocore for a service that is new.",
        example='from keyflow.aws import apigatway\n\napigatway.create_api_key(name="x")',
    ),
    Code(
        code="KF202",
        name="unknown-operation",
        what="The service has no such operation.",
        why="Operations have boto3's names: `create_api_key`, not `CreateApiKey`.",
        fix="Use the name in the hint.",
        example='apigateway.create_api_kee(name="x")',
    ),
    Code(
        code="KF203",
        name="missing-parameter",
        what="A call lacks a parameter that its service requires.",
        why="AWS would refuse the call, and the execution would fail.",
        fix="Add the parameter.",
        example='dynamodb.get_item(TableName="orders")',
    ),
    Code(
        code="KF204",
        name="unknown-parameter",
        what="The operation has no such parameter.",
        why="Step Functions refuses a definition with a parameter that the service does not know.",
        fix="Use boto3's spelling: `restApiId`, not `RestApiId`.",
        example='apigateway.create_api_key(nam="x")',
    ),
    Code(
        code="KF205",
        name="wrong-type",
        what="A parameter has the wrong type.",
        why="The service would refuse the value when the execution runs.",
        fix="Write the type in the message. DynamoDB's numbers are text.",
        example='dynamodb.get_item(TableName="orders", Key={"pk": {"N": 5}})',
    ),
    Code(
        code="KF206",
        name="unknown-value",
        what="A parameter has a value that the service does not know.",
        why="Some parameters take one of a few words only.",
        fix="Use a value that the hint lists.",
        example='apigateway.put_rest_api(restApiId="a", body="{}", mode="replace")',
    ),
    Code(
        code="KF207",
        name="unknown-member",
        what="The result of a call has no such member.",
        why="A path that leads nowhere ends the execution, and no handler runs.",
        fix="Use boto3's spelling of the result.",
        example=(
            'key = workflow.task("Make Key", apigateway.create_api_key(name="x"))\nworkflow.succeed({"id": key["idd"]})'
        ),
    ),
    Code(
        code="KF208",
        name="unknown-error",
        what="The service has no such error, or the error is another service's.",
        why="A handler of an error that a call never raises never runs.",
        fix="Take an error from the call's own service: `dynamodb.errors.ConditionalCheckFailedException`.",
        example="dynamodb.errors.ConditionFailed",
    ),
    Code(
        code="KF209",
        name="error-handled-twice",
        what="A task handles one error twice.",
        why="Step Functions takes the first handler, so the second one never runs.",
        fix="Put the steps into one `on_error` block.",
        example=(
            'task = workflow.task("Get", apigateway.get_account())\n'
            'for name in ("First", "Second"):\n'
            "    with task.on_error(apigateway.errors.NotFoundException):\n"
            '        workflow.fail(name, "It is not there")'
        ),
    ),
    Code(
        code="KF210",
        name="no-members",
        what="A value has no members, or a member is named by something that is neither text nor a number.",
        why="Only the input, results and the context have members.",
        fix="Take the member from the input or from a result.",
        example='Parameter("Table")["name"]',
    ),
    Code(
        code="KF211",
        name="decided-by-python",
        what="Python was asked to decide, or to loop, by a value that only an execution knows.",
        why="The definition is built before any execution runs.",
        fix="Write `workflow.when(...)` or `workflow.fail_if(...)`, and `&`, `|` and `~` for `and`, `or` and `not`.",
        example='if workflow.input["gift"]:\n    workflow.succeed()',
    ),
    Code(
        code="KF212",
        name="value-in-a-string",
        what="A value that only an execution knows stands in a Python string.",
        why="Python would write the value's own name into the text.",
        fix='Write `format("order {}", value)`, which the execution fills in.',
        example="print(f\"order {workflow.input['id']}\")",
    ),
    Code(
        code="KF213",
        name="unknown-context",
        what="The context object has no such member.",
        why="Step Functions gives an execution a few facts about itself, and no others.",
        fix="Use a member that the hint names.",
        example='workflow.context["Execution"]["Ident"]',
    ),
    Code(
        code="KF214",
        name="parameter-name",
        what="A parameter's name has characters other than letters and digits.",
        why="CloudFormation allows no others.",
        fix="Rename the parameter: `TableName`.",
        example='Parameter("table-name")',
    ),
    Code(
        code="KF215",
        name="no-condition",
        what="Something is not a condition, or two things cannot be compared.",
        why="A Choice compares values of one type, and needs to know which.",
        fix='Compare a value: `workflow.input["count"] > 3`. Say the type where it is not known: `.as_number()`.',
        example='workflow.fail_if(workflow.input["gift"], "NoGifts", "Gifts are sold out")',
    ),
    Code(
        code="KF216",
        name="places-and-values",
        what="A template has more places `{}` than values, or fewer.",
        why="`States.Format` fails when the execution runs.",
        fix="Write one `{}` for each value.",
        example='format("{} and {}", workflow.input["a"])',
    ),
    Code(
        code="KF217",
        name="impossible-retry",
        what="A retry has bounds that Step Functions does not allow, or names no error.",
        why="Step Functions refuses the definition.",
        fix="Keep to the bounds in the message.",
        example="Retry(max_attempts=-1)",
    ),
    Code(
        code="KF218",
        name="impossible-workflow",
        what="A workflow's name, type, timeout, schedule or query language is not possible.",
        why="Step Functions refuses the state machine.",
        fix="Keep to the bounds in the message.",
        example='Workflow("Orders of today")',
    ),
    Code(
        code="KF219",
        name="wrong-kind-of-option",
        what="`retry` or `after` is given something other than a `Retry` or a task.",
        why="A number alone does not say when to try again.",
        fix="Write `retry=Retry(max_attempts=3)`, or a list of them.",
        example='workflow.task("Get", apigateway.get_account(), retry=3)',
    ),
    Code(
        code="KF220",
        name="duplicate-state-name",
        what="Two states have the same name.",
        why="Step Functions knows a state by its name only.",
        fix="Rename one. The hint says where the first one is.",
        example='workflow.task("Get", apigateway.get_account())\nworkflow.task("Get", apigateway.get_account())',
    ),
    Code(
        code="KF221",
        name="state-name-length",
        what="A state's name is empty, or has more than 80 characters.",
        why="Step Functions allows 1 to 80.",
        fix="Shorten the name.",
        example='workflow.task("x" * 81, apigateway.get_account())',
    ),
    Code(
        code="KF222",
        name="no-call",
        what="A task is given something that is not a call of AWS.",
        why="A task makes one call, which keyflow checks against the service's model.",
        fix="Make the call from a service: `sqs.send_message(QueueUrl=..., MessageBody=...)`.",
        example='workflow.task("Send", "sqs:SendMessage")',
    ),
    Code(
        code="KF223",
        name="impossible-time",
        what="A number of seconds, or a moment, is not possible.",
        why="Step Functions takes whole seconds from 1 to 99,999,999, and timestamps with a zone.",
        fix="Write a whole number of seconds, or a timestamp such as `2030-01-31T12:00:00Z`.",
        example='workflow.task("Get", apigateway.get_account(), timeout=0.5)',
    ),
    Code(
        code="KF224",
        name="block-in-the-wrong-place",
        what="A parallel block, a branch or a map is empty, or a step stands in it where it cannot.",
        why="A branch is a sequence of its own: only tasks and branches stand directly in a parallel block.",
        fix="Put other steps into `with workflow.branch():`.",
        example='with workflow.parallel("Both"):\n    workflow.fail("Never", "It is over")',
    ),
    Code(
        code="KF225",
        name="otherwise-without-when",
        what="`otherwise` does not follow a `when` block directly.",
        why="It is the other way of the same decision.",
        fix="Put it directly after the `when` block.",
        example="with workflow.otherwise():\n    workflow.succeed()",
    ),
    Code(
        code="KF226",
        name="success-in-a-branch",
        what="`succeed` stands in a branch.",
        why="A branch cannot end the whole workflow with success.",
        fix="Put it after the parallel block.",
        example=(
            'with workflow.parallel("Both"):\n    with workflow.branch("One"):\n        workflow.succeed()\n'
            '    workflow.task("Two", apigateway.get_account())'
        ),
    ),
    Code(
        code="KF227",
        name="impossible-raw-state",
        what="A raw state has Next or End, is a Choice, a Succeed or a Fail, or is no state at all.",
        why="keyflow adds the transitions, so that the steps around it are kept.",
        fix="Leave Next and End out. Write `when`, `succeed` and `fail` for the others.",
        example='workflow.state("Raw", {"Type": "Pass", "End": True})',
    ),
    Code(
        code="KF228",
        name="error-name",
        what="A declared error's name is not possible, or is one of keyflow's own.",
        why="A route maps errors to statuses by their names.",
        fix="Use letters, digits, `_` and `.`, and a name that says what happened: `NameExists`.",
        example='workflow.fail("Name exists!", "That name is taken")',
    ),
    Code(
        code="KF229",
        name="step-never-reached",
        what="A step stands where no execution comes.",
        why="The step before it ends the workflow.",
        fix="Remove the step, or put what ends the workflow into a condition.",
        example='workflow.succeed()\nworkflow.task("Get", apigateway.get_account())',
    ),
    Code(
        code="KF230",
        name="value-may-be-missing",
        what="A value is used where what makes it may not have run.",
        why="The execution would end with an error that no handler sees.",
        fix="Use the value in the same block, after the line that makes it.",
        example=(
            'with workflow.when(workflow.input["new"].is_present()):\n'
            '    key = workflow.task("Make Key", apigateway.create_api_key(name="x"))\n'
            'workflow.succeed({"id": key["id"]})'
        ),
    ),
    Code(
        code="KF231",
        name="parameters-differ",
        what="Two parameters have the same name, and differ.",
        why="A deployment has one value for a name.",
        fix="Make the parameter once, and use it twice.",
        example=(
            'for description in ("one", "other"):\n'
            '    call = apigateway.create_api_key(name=Parameter("Name", description=description))\n'
            '    workflow.task(f"Make {description}", call)'
        ),
    ),
    Code(
        code="KF232",
        name="left-over-elsewhere",
        what="`left_over` is used outside `dead_letter`.",
        why="What compensations could not undo is known only when they have ended.",
        fix="Use it in the call that you give to `workflow.dead_letter`.",
        example='workflow.task("Make Key", apigateway.create_api_key(name=workflow.left_over))',
    ),
    Code(
        code="KF233",
        name="no-steps",
        what="A workflow has no steps.",
        why="A state machine has at least one state.",
        fix="Add a task, or `workflow.succeed()`.",
        example="",
    ),
    Code(
        code="KF234",
        name="action-with-a-wildcard",
        what="An IAM action has a wildcard, or is not an action.",
        why="A role is allowed what its calls need, and no more.",
        fix="Write one action: `allow('dynamodb:GetItem', 'arn:...')`.",
        example='workflow.allow("dynamodb:*", "*")',
    ),
    Code(
        code="KF236",
        name="input-read-too-late",
        what="A member of the input is first read when a task may have completed that would have to be undone.",
        why="Where the member is missing, Step Functions ends the execution, and no handler and no compensation runs.",
        fix="Require the member in the route's schema, or ask first: `workflow.fail_if(~value.is_present(), ...)`.",
        example=(
            'key = workflow.task("Make Key", apigateway.create_api_key(name="x"))\n'
            'key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))\n'
            'workflow.task("Get", apigateway.get_usage_plan(usagePlanId=workflow.input["plan"]))'
        ),
    ),
    Code(
        code="KF237",
        name="lookup-does-not-fit",
        what="What `find` gives cannot stand for the task's result, or `find` and `where` are not used together.",
        why="The compensations read members that the lookup must bring.",
        fix="Give a call whose result lists entries with every member that the compensations read.",
        example=(
            'key = workflow.task("Make Key", apigateway.create_api_key(name="x"))\n'
            'undo = apigateway.delete_api_key(apiKey=key["id"])\n'
            'key.compensate("Delete Key", undo, find=apigateway.get_account(), where=lambda found: found["id"] == "x")'
        ),
    ),
    Code(
        code="KF238",
        name="call-option-does-not-fit",
        what=(
            "A call cannot wait for a job or a task token here, or would wait for ever; or a value of the execution "
            "chooses its role, and no list bounds it."
        ),
        why="Only Standard workflows wait. A role that a caller chooses could be any role that trusts the workflow's.",
        fix=(
            "Make the workflow `STANDARD` and give the task a `timeout`; hand the task token on; "
            "list the roles: `with_role(value, among=[...])`."
        ),
        example='call = dynamodb.get_item(TableName="t", Key={})\ncall.with_role(workflow.input["role"])',
    ),
    Code(
        code="KF239",
        name="no-arn",
        what="A task's resource is neither an ARN nor a parameter.",
        why="Step Functions calls what an ARN names.",
        fix='Write `resource("arn:...", {...})`, or a `Parameter` that holds the ARN.',
        example="from keyflow.aws import resource\n\nresource(7)",
    ),
    Code(
        code="KF240",
        name="unknown-target",
        what="A state of a `StateMachine` leads to a state that its scope does not have, or nothing follows it.",
        why="Step Functions refuses the definition.",
        fix="Use the name in the hint, or add a `succeed` at the end.",
        example='machine = StateMachine("Loop")\nmachine.state("One", {"Type": "Pass"})\nmachine.go_to("Onne")',
    ),
    Code(
        code="KF241",
        name="unknown-field",
        what="A state of a `StateMachine` has no field of that name, or not with that value.",
        why="The fields of a state are those of the States Language.",
        fix="Use the fields' names in Python's spelling: `result_path`.",
        example='machine = StateMachine("Fields")\nmachine.pass_state("One", resultpath="$.x")',
    ),
    Code(
        code="KF242",
        name="cannot-be-compensated",
        what="A step of a `StateMachine` cannot be compensated, or its result is used outside compensations.",
        why="keyflow keeps the results of outermost tasks only, in no loop and in JSONPath.",
        fix="Write a `Workflow`, which keeps them all.",
        example=(
            'machine = StateMachine("Undo")\nstep = machine.pass_state("One")\n'
            'step.compensate("Undo One", apigateway.delete_api_key(apiKey="x"))'
        ),
    ),
    Code(
        code="KF243",
        name="impossible-map",
        what="A `map` block has nothing to iterate over, impossible options, or uses what it does not have.",
        why="Inline and distributed maps have different options, and an iteration sees its own item only.",
        fix=(
            "Iterate over an array of the input, of a result or of an item. Items that are read from S3, written to S3 "
            "or put into batches need `distributed=`."
        ),
        example='with workflow.map("Each", [1, 2]):\n    workflow.task("Get", apigateway.get_account())',
    ),
    Code(
        code="KF244",
        name="cannot-be-inlined",
        what="A workflow cannot be inlined: it succeeds in the middle, or uses its input as no value can be used.",
        why="Its steps become steps of the other workflow, whose end they cannot be.",
        fix="Start the workflow instead, or change the line that the hint names.",
        example=(
            'child = Workflow("Child", timeout=20)\n'
            'with child.when(child.input["done"].is_present()):\n    child.succeed()\n'
            'child.task("Get", apigateway.get_account())\nchild.succeed({}, name="Done")\n'
            'workflow.inline(child, input={"done": True}, prefix="Child: ")'
        ),
    ),
    Code(
        code="KF245",
        name="impossible-repeat",
        what="A `repeat` block has no steps or no `until`, counts wrongly, or makes what would have to be undone.",
        why="The number of rounds bounds the time, and only the last round's results are known.",
        fix="Give it `at_most=` and one `until`. Put what must be undone before the block, or into a map.",
        example=(
            'with workflow.repeat("Ask", at_most=3, every=1, error="NotReady", cause="It is not ready"):\n'
            '    workflow.task("Get", apigateway.get_account())'
        ),
    ),
    Code(
        code="KF246",
        name="no-choice",
        what="`first_of` has fewer than two values, one too early that is always there, or one of a `repeat` block.",
        why="It asks in order which value is there; the value of an earlier round would pass for one of this round.",
        fix="Put what is always there at the end. In a `repeat` block, decide with `workflow.when` instead.",
        example='workflow.succeed({"name": workflow.first_of("unnamed", workflow.input["name"])})',
    ),
)
