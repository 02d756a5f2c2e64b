"""The article's workflow with the CDK for Python: the same calls and the same endpoint, without compensations."""

from __future__ import annotations

from aws_cdk import App, CfnParameter, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

app = App()
stack = Stack(app, "AddApiKey")
api_id = CfnParameter(stack, "ApiId").value_as_string
stage = CfnParameter(stack, "StageName").value_as_string
table = CfnParameter(stack, "TableName").value_as_string
name = sfn.JsonPath.string_at("$.detail.name")
failed = sfn.Fail(stack, "Unhandled Error", error="UnhandledError", cause="Something went wrong")


def call(title: str, service: str, action: str, parameters: dict, **options: object) -> tasks.CallAwsService:
    task = tasks.CallAwsService(
        stack,
        title,
        service=service,
        action=action,
        parameters=parameters,
        iam_resources=["*"],
        task_timeout=sfn.Timeout.duration(Duration.seconds(2)),
        **options,
    )
    task.add_catch(failed, errors=["States.ALL"], result_path="$.error")
    return task


existing = call(
    "Get Api Key",
    "dynamodb",
    "getItem",
    {"TableName": table, "Key": {"pk": {"S": "apikey#"}, "sk": {"S": name}}},
    result_path="$.existing",
)
create = sfn.Parallel(stack, "Create Usage Plan And Key", result_path="$.made")
create.branch(
    tasks.CallAwsService(
        stack,
        "Create Usage Plan",
        service="apigateway",
        action="createUsagePlan",
        parameters={"Name": name, "ApiStages": [{"ApiId": api_id, "Stage": stage}]},
        iam_resources=["*"],
    ),
    tasks.CallAwsService(
        stack,
        "Create Api Key",
        service="apigateway",
        action="createApiKey",
        parameters={"Name": sfn.JsonPath.format("{}-{}", name, api_id), "Enabled": True},
        iam_resources=["*"],
    ),
)
create.add_catch(failed, errors=["States.ALL"], result_path="$.error")
link = call(
    "Link Api Key To Usage Plan",
    "apigateway",
    "createUsagePlanKey",
    {
        "KeyId": sfn.JsonPath.string_at("$.made[1].Id"),
        "KeyType": "API_KEY",
        "UsagePlanId": sfn.JsonPath.string_at("$.made[0].Id"),
    },
    result_path="$.link",
)
save = call(
    "Save Api Key",
    "dynamodb",
    "putItem",
    {
        "TableName": table,
        "Item": {"pk": {"S": "apikey#"}, "sk": {"S": name}, "id": {"S": sfn.JsonPath.string_at("$.made[1].Id")}},
        "ConditionExpression": "attribute_not_exists(sk)",
    },
    result_path=sfn.JsonPath.DISCARD,
)
success = sfn.Pass(stack, "Success", parameters={"apiKey": sfn.JsonPath.string_at("$.made[1].Value")})
exists = sfn.Fail(stack, "NameExists", error="NameExists", cause="An API key with the provided name exists")
choice = sfn.Choice(stack, "Does Api Key Already Exist?")
choice.when(sfn.Condition.is_present("$.existing.Item"), exists)
choice.otherwise(create.next(link).next(save).next(success))
machine = sfn.StateMachine(
    stack,
    "Machine",
    state_machine_type=sfn.StateMachineType.EXPRESS,
    definition_body=sfn.DefinitionBody.from_chainable(existing.next(choice)),
    timeout=Duration.seconds(28),
)
api = apigateway.RestApi(stack, "Api", deploy=True)
api.root.add_resource("api-keys").add_method("POST", apigateway.StepFunctionsIntegration.start_execution(machine))
app.synth()
