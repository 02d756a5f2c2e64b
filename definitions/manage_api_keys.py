"""Rotates and deletes registered API keys: what `add_api_key` has registered.

A rotation has a point of no return. Before it, every failure leads back to the old key; behind it the new key is
there to stay, and what cannot be cleaned up is written down for later instead of failing the caller.
"""

from keyflow import Api, Parameter, Retry, Task, Value, Workflow, format
from keyflow.aws import Call, apigateway, dynamodb

api_id = Parameter("ApiId", description="The REST API that the keys open")
stage = Parameter("StageName", description="The stage of that API")
table = Parameter("TableName", description="The DynamoDB table of registered keys (pk, sk)")

NOT_FOUND = apigateway.errors.NotFoundException
CHANGED_MEANWHILE = dynamodb.errors.ConditionalCheckFailedException
MEANWHILE = "The key was rotated or deleted by somebody else"


rotate = Workflow("RotateApiKey", timeout=28, comment="Replaces a registered API key by another")
name = rotate.input["name"]
item_key = {"pk": {"S": "apikey#"}, "sk": {"S": name}}

registered = rotate.task("Get Registered Key", dynamodb.get_item(TableName=table, Key=item_key, ConsistentRead=True))
stored = registered["Item"]["data"]["M"]
rotate.fail_if(
    ~stored["apiKeyId"]["S"].is_present() | registered["Item"]["deletedBy"].is_present(),
    "NotFound",
    "No API key is registered under that name",
    name="Is It Registered?",
)
old_key, plan = stored["apiKeyId"]["S"], stored["usagePlanId"]["S"]
execution = rotate.context["Execution"]["Name"]


def replace_key(kind: str, **value: Value) -> None:
    """Makes the new key, and puts it in the place of the old one."""
    key = rotate.task(
        f"Create {kind} Key",
        apigateway.create_api_key(
            name=format("{}-{}-{}", name, api_id, execution), description=execution, enabled=True, **value
        ),
    )
    key.compensate(
        f"Delete {kind} Key",
        apigateway.delete_api_key(apiKey=key["id"]),
        find=apigateway.get_api_keys(nameQuery=format("{}-{}-{}", name, api_id, execution)),
        where=lambda found: found["description"] == execution,  # the old key's name may begin the same way
        retry=Retry(max_attempts=1),
    )
    link = rotate.task(
        f"Link {kind} Key", apigateway.create_usage_plan_key(keyId=key["id"], keyType="API_KEY", usagePlanId=plan)
    )
    with link.on_error(NOT_FOUND):  # the plan goes with the key
        rotate.fail("RotatedMeanwhile", MEANWHILE)
    link.compensate(
        f"Unlink {kind} Key",
        apigateway.delete_usage_plan_key(keyId=key["id"], usagePlanId=plan),
        retry=Retry(max_attempts=1),
    )
    record = rotate.task(f"Record {kind} Key", record_of(key["id"], instead_of=old_key))
    with record.on_error(CHANGED_MEANWHILE):
        rotate.fail("RotatedMeanwhile", MEANWHILE)
    record.compensate(
        f"Restore Record Of {kind} Key",
        record_of(old_key, instead_of=key["id"]),
        gone=CHANGED_MEANWHILE,
        retry=Retry(max_attempts=1),
    )
    # From here on the new key is the one: nothing after this line undoes it, or fails.
    rotate.pivot()
    remove = rotate.task(f"Delete Key Before {kind}", apigateway.delete_api_key(apiKey=old_key))
    with remove.on_error():
        note = rotate.task(
            f"Note Key Before {kind}",
            dynamodb.put_item(TableName=table, Item={"pk": {"S": "stale-apikey#"}, "sk": {"S": old_key}}),
        )
        with note.on_error():
            pass
    rotate.succeed({"apiKey": key["value"]}, name=f"{kind} Key Is Active")


def record_of(key: Value, *, instead_of: Value) -> Call:
    """Writes a key's id into the record, if that has the other one and nobody deletes it."""
    return dynamodb.update_item(
        TableName=table,
        Key=item_key,
        UpdateExpression="SET #data.apiKeyId = :new, #data.usagePlanKeyId = :new, audit.lastUpdate = :update",
        ConditionExpression="#data.apiKeyId = :old AND attribute_not_exists(deletedBy)",
        ExpressionAttributeNames={"#data": "data"},
        ExpressionAttributeValues={
            ":new": {"S": key},
            ":old": {"S": instead_of},
            ":update": {"M": {"timestamp": {"S": rotate.context["State"]["EnteredTime"]}}},
        },
    )


with rotate.when(rotate.input["detail"]["value"].is_present(), name="Was A Value Provided?"):
    replace_key("Custom", value=rotate.input["detail"]["value"])
with rotate.otherwise():
    replace_key("Generated")


# A second call finishes what a first one has begun, so nothing is ever undone here.
delete = Workflow("DeleteApiKey", timeout=28, saga=False, comment="Deletes a registered API key")
name = delete.input["name"]
item_key = {"pk": {"S": "apikey#"}, "sk": {"S": name}}

registered = delete.task("Get Key To Delete", dynamodb.get_item(TableName=table, Key=item_key, ConsistentRead=True))
stored = registered["Item"]["data"]["M"]
with delete.when(~stored["apiKeyId"]["S"].is_present(), name="Is It Gone?"):
    delete.succeed(name="Already Gone")
plan = stored["usagePlanId"]["S"]

# Whoever rotates the key at the same time either has done so before this, or learns that it is too late.
claim = delete.task(
    "Claim Record",
    dynamodb.update_item(
        TableName=table,
        Key=item_key,
        UpdateExpression="SET deletedBy = :execution",
        ConditionExpression="#data.apiKeyId = :key",
        ExpressionAttributeNames={"#data": "data"},
        ExpressionAttributeValues={
            ":execution": {"S": delete.context["Execution"]["Name"]},
            ":key": {"S": stored["apiKeyId"]["S"]},
        },
    ),
)
with claim.on_error(CHANGED_MEANWHILE):
    delete.fail("ChangedMeanwhile", MEANWHILE)


def unless_gone(task: Task) -> None:
    """A second call finishes what a first one has begun: what is gone is fine."""
    with task.on_error(NOT_FOUND):
        pass


unless_gone(
    delete.task("Unlink", apigateway.delete_usage_plan_key(keyId=stored["usagePlanKeyId"]["S"], usagePlanId=plan))
)
with delete.parallel("Delete Plan And Key"):
    with delete.branch("Plan"):
        unless_gone(
            delete.task(
                "Close Stage",
                apigateway.update_usage_plan(
                    usagePlanId=plan,
                    patchOperations=[{"op": "remove", "path": "/apiStages", "value": format("{}:{}", api_id, stage)}],
                ),
            )
        )
        unless_gone(delete.task("Delete Plan", apigateway.delete_usage_plan(usagePlanId=plan)))
    with delete.branch("Key"):
        unless_gone(delete.task("Delete Key", apigateway.delete_api_key(apiKey=stored["apiKeyId"]["S"])))
# The record goes last: as long as anything of the key is left, a second call finds it.
delete.task("Delete Record", dynamodb.delete_item(TableName=table, Key=item_key))
delete.succeed(name="Deleted")


api = Api("api-key-management", cors="*", description="Rotates and deletes the keys of registered consumers")
api.post(
    "/api-keys/{name}/rotate",
    rotate,
    summary="Replaces the key by another, effective immediately",
    input={"name": api.path["name"], "detail": api.body},
    request={
        "title": "RotateApiKey",
        "type": "object",
        "additionalProperties": False,
        "properties": {"value": {"type": "string", "minLength": 20, "maxLength": 128, "description": "The new key"}},
    },
    errors={"NotFound": 404, "RotatedMeanwhile": 409},
)
api.delete(
    "/api-keys/{name}",
    delete,
    summary="Deletes the key, its plan and its record",
    input={"name": api.path["name"]},
    success=204,
    errors={"ChangedMeanwhile": 409},
)
