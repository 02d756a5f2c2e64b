"""Answers with the key at once and does the rest afterwards: the article's closing variation, with a status route.

The caller waits until the name is claimed and the key is made. A Standard workflow then makes the usage plan and links
the key, in its own time; where that fails, it takes the key back and frees the name.
"""

from keyflow import Api, Parameter, Retry, Workflow, format
from keyflow.aws import Call, apigateway, dynamodb, stepfunctions

api_id = Parameter("ApiId", description="The REST API that the keys open")
stage = Parameter("StageName", description="The stage of that API")
table = Parameter("TableName", description="The DynamoDB table of registered keys (pk, sk)")

TAKEN = dynamodb.errors.ConditionalCheckFailedException
PATIENT = Retry(
    errors=(dynamodb.errors.ProvisionedThroughputExceededException, dynamodb.errors.InternalServerError),
    max_attempts=5,
    interval=2,
    max_delay=30,
)
OWN = {"ConditionExpression": "#owner = :owner", "ExpressionAttributeNames": {"#owner": "owner"}}


# Afterwards: the plan and the link.

provision = Workflow("ProvisionConsumer", type="STANDARD", timeout=1800, comment="Opens the API for a consumer's key")
name, key_id = provision.input["name"], provision.input["keyId"]
owner = {"S": provision.input["claim"]}
provision.owns(key_id, provision.input["claim"])  # whoever starts it has made them for it
execution = provision.context["Execution"]["Name"]
item_key = {"pk": {"S": "consumer#"}, "sk": {"S": name}}
mine = {**OWN, "ExpressionAttributeValues": {":owner": owner}}


def set_status(status: str) -> Call:
    """Writes how far it is, if the name is still claimed for this very key."""
    return dynamodb.update_item(
        TableName=table,
        Key=item_key,
        UpdateExpression="SET #status = :status, keyId = :key",
        ConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner", "#status": "status"},
        ExpressionAttributeValues={":owner": owner, ":status": {"S": status}, ":key": {"S": key_id}},
    )


adopt = provision.task("Adopt Consumer", set_status("provisioning"), retry=PATIENT)
with adopt.on_error(TAKEN):
    provision.fail("Abandoned", "The registration was taken back before it was provisioned")
adopt.compensate("Free Name", dynamodb.delete_item(TableName=table, Key=item_key, **mine), gone=TAKEN)
adopt.compensate("Take Key Back", apigateway.delete_api_key(apiKey=key_id))

plan = provision.task(
    "Create Plan",
    apigateway.create_usage_plan(name=name, description=execution, apiStages=[{"apiId": api_id, "stage": stage}]),
)
plan.compensate(
    "Close Plan",
    apigateway.update_usage_plan(
        usagePlanId=plan["id"],
        patchOperations=[{"op": "remove", "path": "/apiStages", "value": format("{}:{}", api_id, stage)}],
    ),
    find=apigateway.get_usage_plans(limit=500),
    where=lambda found: found["description"] == execution,
)
plan.compensate("Delete Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
link = provision.task(
    "Link Key", apigateway.create_usage_plan_key(keyId=key_id, keyType="API_KEY", usagePlanId=plan["id"])
)
link.compensate("Unlink Key", apigateway.delete_usage_plan_key(keyId=key_id, usagePlanId=plan["id"]))
provision.task("Open", set_status("ready"), retry=PATIENT)
provision.succeed()
for path in ("/apikeys/*", "/usageplans/*", "/usageplans/*/keys/*"):  # keys and plans get their ids when they are made
    provision.allow("apigateway:DELETE", f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::{path}")


# At once: the name and the key.

onboard = Workflow("OnboardConsumer", timeout=28, comment="Claims a name, makes its key, and leaves the rest for later")
name = onboard.input["name"]
execution = onboard.context["Execution"]["Name"]
item_key = {"pk": {"S": "consumer#"}, "sk": {"S": name}}
owner = {"S": execution}

claim = onboard.task(
    "Claim Name",
    dynamodb.put_item(
        TableName=table,
        Item={**item_key, "owner": owner, "status": {"S": "claimed"}},
        ConditionExpression="attribute_not_exists(sk)",
    ),
)
with claim.on_error(TAKEN):
    onboard.fail("NameExists", "There is a consumer with that name")
claim.compensate(
    "Release Name",
    dynamodb.delete_item(TableName=table, Key=item_key, **OWN, ExpressionAttributeValues={":owner": owner}),
    gone=TAKEN,
)
key = onboard.task(
    "Create Key", apigateway.create_api_key(name=format("{}-{}", name, execution), description=execution, enabled=True)
)
key.compensate(
    "Delete Key",
    apigateway.delete_api_key(apiKey=key["id"]),
    find=apigateway.get_api_keys(nameQuery=format("{}-{}", name, execution)),
    where=lambda found: found["description"] == execution,
)
start = onboard.task(
    "Start Provisioning",
    stepfunctions.start_execution(
        stateMachineArn=provision.arn, input={"name": name, "keyId": key["id"], "claim": execution}
    ),
)
start.keep("where its answer is lost, the name is released: the execution finds so, and does nothing")
onboard.succeed({"apiKey": key["value"], "status": "provisioning"})


api = Api("consumers", cors="*", description="Registers consumers: the key at once, its plan soon")
api.post(
    "/consumers",
    onboard,
    summary="Registers a consumer",
    input={"name": api.body["name"]},
    request={
        "title": "Consumer",
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {"name": {"type": "string", "minLength": 2, "maxLength": 80}},
    },
    success=202,
    errors={"NameExists": 409},
)
api.get(
    "/consumers/{name}",
    dynamodb.get_item(TableName=table, Key={"pk": {"S": "consumer#"}, "sk": {"S": api.path["name"]}}),
    summary="Tells whether a consumer's key opens the API yet",
    response_template="""\
#set($status = $input.path('$.Item.status.S'))
#if($status == '')
#set($context.responseOverride.status = 404)
{"message": "There is no consumer with that name"}
#else
{"status": "$util.escapeJavaScript($status).replaceAll("\\\\'", "'")"}
#end
""",
)
