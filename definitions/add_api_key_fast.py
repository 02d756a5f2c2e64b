"""Registers an API key in two sequential AWS calls: the name is claimed first, beside the creates.

Where `add_api_key` asks whether the name is free and creates afterwards, this one claims the name with a conditional
put. Of two callers with one name, exactly one wins; the other's plan and key are removed again.
"""

from keyflow import Api, Parameter, Workflow, format
from keyflow.aws import apigateway, dynamodb

api_id = Parameter("ApiId", description="The REST API that the keys open")
stage = Parameter("StageName", description="The stage of that API")
table = Parameter("TableName", description="The DynamoDB table of registered keys (pk, sk)")

workflow = Workflow(
    "AddApiKeyFast",
    type="EXPRESS",
    timeout=28,
    schedule="dataflow",
    comment="Registers an API key for an API, the name first",
)
name = workflow.input["detail"]["name"]
item_key = {"pk": {"S": "apikey#"}, "sk": {"S": name}}
execution = workflow.context["Execution"]["Id"]

claim = workflow.task(
    "Claim Name",
    dynamodb.put_item(
        TableName=table,
        Item={
            **item_key,
            "keyParts": {"M": {"name": {"S": name}}},
            "facet": {"S": "api-key"},
            "claimedBy": {"S": execution},
            "audit": {"M": {"created": {"M": {"timestamp": {"S": workflow.context["State"]["EnteredTime"]}}}}},
        },
        ConditionExpression="attribute_not_exists(sk)",
    ),
)
with claim.on_error(dynamodb.errors.ConditionalCheckFailedException):
    workflow.fail("NameExists", "An API key with the provided name is already registered")
# Where the answer of the put is lost, nobody knows who has the name: only a claim of this very execution is released.
claim.compensate(
    "Release Name",
    dynamodb.delete_item(
        TableName=table,
        Key=item_key,
    ),
    mine={"claimedBy": {"S": execution}},
)

plan = workflow.task(
    "Create Usage Plan",
    apigateway.create_usage_plan(name=name, description=execution, apiStages=[{"apiId": api_id, "stage": stage}]),
)
plan.compensate(
    "Remove Stage From Usage Plan",
    apigateway.update_usage_plan(
        usagePlanId=plan["id"],
        patchOperations=[{"op": "remove", "path": "/apiStages", "value": format("{}:{}", api_id, stage)}],
    ),
    find=apigateway.get_usage_plans(limit=500),
    mine={"description": execution},
)
plan.compensate("Delete Usage Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))

key = workflow.task(
    "Create Api Key",
    apigateway.create_api_key(
        name=format("{}-{}", name, api_id), description=execution, customerId=execution, enabled=True
    ),
)
key.compensate(
    "Delete Api Key",
    apigateway.delete_api_key(apiKey=key["id"]),
    find=apigateway.get_api_keys(customerId=execution),
    mine={"description": execution},
)

link = workflow.task(
    "Link Api Key To Usage Plan",
    apigateway.create_usage_plan_key(keyId=key["id"], keyType="API_KEY", usagePlanId=plan["id"]),
)
link.compensate(
    "Unlink Api Key From Usage Plan",
    apigateway.delete_usage_plan_key(keyId=key["id"], usagePlanId=plan["id"]),
)

workflow.task(
    "Record Ids",
    dynamodb.update_item(
        TableName=table,
        Key=item_key,
        UpdateExpression="SET #data = :data",
        ExpressionAttributeNames={"#data": "data"},
        ExpressionAttributeValues={
            ":data": {
                "M": {
                    "apiKeyId": {"S": key["id"]},
                    "usagePlanId": {"S": plan["id"]},
                    "usagePlanKeyId": {"S": key["id"]},  # a plan's key has the id of the key itself
                }
            }
        },
    ),
    after=claim,
)
workflow.succeed({"apiKey": key["value"]})

api = Api("api-key-registration-fast", cors="*", description="Registers consumers of an API and gives each a key")
api.post(
    "/api-keys",
    workflow,
    summary="Registers a new API key",
    input={"detail": api.body},
    request={
        "title": "AddApiKey",
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {
            "name": {
                "type": "string",
                "minLength": 2,
                "maxLength": 255,
                "description": "Unique identifier for the API key",
                "example": "gopherholes",
            }
        },
    },
    success=201,
    errors={"NameExists": 400},
)
