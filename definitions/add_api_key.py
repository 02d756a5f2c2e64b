"""Registers an API key: the endpoint of the article that keyflow comes from, with its calls and its answers."""

from keyflow import Api, Parameter, Retry, Workflow, format
from keyflow.aws import apigateway, dynamodb

api_id = Parameter("ApiId", description="The REST API that the keys open")
stage = Parameter("StageName", description="The stage of that API")
table = Parameter("TableName", description="The DynamoDB table of registered keys (pk, sk)")

workflow = Workflow("AddApiKey", type="EXPRESS", timeout=28, comment="Registers an API key for an API")
name = workflow.input["detail"]["name"]
execution = workflow.context["Execution"]["Id"]  # what is made carries it, so that it is found if an answer is lost

existing = workflow.task(
    "Get Api Key",
    dynamodb.get_item(TableName=table, Key={"pk": {"S": "apikey#"}, "sk": {"S": name}}),
)
workflow.fail_if(
    existing["Item"].is_present(),
    "NameExists",
    "An API key with the provided name is already registered",
    name="Does Api Key Already Exist?",
)

with workflow.parallel("Create Usage Plan And Key"):
    plan = workflow.task(
        "Create Usage Plan",
        apigateway.create_usage_plan(name=name, description=execution, apiStages=[{"apiId": api_id, "stage": stage}]),
    )
    key = workflow.task(
        "Create Api Key",
        apigateway.create_api_key(
            name=format("{}-{}", name, api_id), description=execution, customerId=execution, enabled=True
        ),
    )

plan.compensate(
    "Remove Stage From Usage Plan",
    apigateway.update_usage_plan(
        usagePlanId=plan["id"],
        patchOperations=[{"op": "remove", "path": "/apiStages", "value": format("{}:{}", api_id, stage)}],
    ),
    find=apigateway.get_usage_plans(limit=500),
    mine={"description": execution},
    retry=Retry(max_attempts=1),
)
plan.compensate("Delete Usage Plan", apigateway.delete_usage_plan(usagePlanId=plan["id"]))
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
    apigateway.delete_usage_plan_key(keyId=key["id"], usagePlanId=plan["id"]),  # a plan's key has the id of the key
)

save = workflow.task(
    "Save Api Key",
    dynamodb.put_item(
        TableName=table,
        Item={
            "pk": {"S": "apikey#"},
            "sk": {"S": name},
            "keyParts": {"M": {"name": {"S": name}}},
            "data": {
                "M": {
                    "apiKeyId": {"S": key["id"]},
                    "usagePlanId": {"S": plan["id"]},
                    "usagePlanKeyId": {"S": link["id"]},
                }
            },
            "facet": {"S": "api-key"},
            "audit": {"M": {"created": {"M": {"timestamp": {"S": workflow.context["State"]["EnteredTime"]}}}}},
        },
        ConditionExpression="attribute_not_exists(sk)",
    ),
)
# Of two callers with one name, the later one learns it here.
with save.on_error(dynamodb.errors.ConditionalCheckFailedException):
    workflow.fail("NameExists", "An API key with the provided name is already registered")
# Where the answer of the put is lost, nobody knows whether the item is there, nor whose it is: only our own goes.
save.compensate(
    "Remove Saved Api Key",
    dynamodb.delete_item(
        TableName=table,
        Key={"pk": {"S": "apikey#"}, "sk": {"S": name}},
    ),
    mine={"data.apiKeyId": {"S": key["id"]}},
    retry=Retry(max_attempts=1),
)
workflow.succeed({"apiKey": key["value"]})

AddApiKeyRequest = {
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
}

api = Api("api-key-registration", cors="*", description="Registers consumers of an API and gives each a key")
api.post(
    "/api-keys",
    workflow,
    summary="Registers a new API key",
    input={"detail": api.body},
    request=AddApiKeyRequest,
    success=201,
    errors={"NameExists": 400},
)
