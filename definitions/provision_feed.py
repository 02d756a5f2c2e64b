"""Gives a partner a feed: a rule that picks events, a queue that keeps them, and a role by which the partner reads it.

The request is stored before anything is made, and its item says from then on how far it is. What needs nothing of one
another is made side by side. Everything carries the execution's name; what fails is taken back, last things first.
"""

from keyflow import Api, Parameter, Workflow, format
from keyflow.aws import Call, dynamodb, events, iam, sqs

feeds = Parameter("FeedTable", description="The DynamoDB table of feeds (id)")
bus = Parameter("EventBus", description="The name of the event bus that feeds are of")

VERSION = "2012-10-17"

provision = Workflow(
    "ProvisionFeed",
    type="STANDARD",
    timeout=3600,
    schedule="dataflow",
    comment="Makes a rule, a queue and a role, or nothing",
)
source, account = provision.input["source"], provision.input["account"]
number = provision.context["Execution"]["Name"]
name = format("feed-{}", number)
feed = {"id": {"S": number}}


def set_state(state: str) -> Call:
    """Writes down how far the feed is."""
    return dynamodb.update_item(
        TableName=feeds,
        Key=feed,
        UpdateExpression="SET #state = :state",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": {"S": state}},
    )


stored = provision.task(
    "Store Request",
    dynamodb.put_item(
        TableName=feeds,
        Item={**feed, "source": {"S": source}, "account": {"S": account}, "state": {"S": "provisioning"}},
    ),
)
stored.compensate("Note Failure", set_state("failed"))  # the request stays, and says what became of it

rule = provision.task(
    "Create Rule",
    events.put_rule(Name=name, EventBusName=bus, EventPattern={"source": [source]}, State="ENABLED"),
    after=stored,
)
rule.compensate("Delete Rule", events.delete_rule(Name=name, EventBusName=bus))

queue = provision.task(
    "Create Queue",
    sqs.create_queue(QueueName=name, Attributes={"MessageRetentionPeriod": "1209600"}),  # 14 days in seconds
    after=stored,
)
queue_url = queue["QueueUrl"]
queue.compensate("Delete Queue", sqs.delete_queue(QueueUrl=queue_url), find=sqs.get_queue_url(QueueName=name))

partner = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
role = provision.task(
    "Create Role",
    iam.create_role(RoleName=name, AssumeRolePolicyDocument={"Version": VERSION, "Statement": [partner]}),
    after=stored,
)
role.compensate("Delete Role", iam.delete_role(RoleName=name))

queue_arn = provision.task("Get Queue Arn", sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"]))[
    "Attributes"
]["QueueArn"]

sending = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": queue_arn,
    "Condition": {"ArnEquals": {"aws:SourceArn": rule["RuleArn"]}},
}
opened = provision.task(
    "Let Rule Send",
    sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": {"Version": VERSION, "Statement": [sending]}}),
)
reading = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": queue_arn}
granted = provision.task(
    "Let Role Read",
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument={"Version": VERSION, "Statement": [reading]}),
    after=role,
)
granted.compensate("Forbid Role", iam.delete_role_policy(RoleName=name, PolicyName="read"))

joined = provision.task(
    "Join Rule And Queue",
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue_arn}]),
    after=(rule, opened),
)
joined.compensate("Part Rule And Queue", events.remove_targets(Rule=name, EventBusName=bus, Ids=["queue"]))
provision.fail_if(joined["FailedEntryCount"] > 0, "NotJoined", "The rule does not reach the queue")

provision.task("Note Success", set_state("ready"), after=(joined, granted))
provision.succeed({"queue": queue_url, "role": role["Role"]["Arn"]})
for action in ("DeleteQueue", "GetQueueAttributes", "SetQueueAttributes"):  # a queue gets its URL when it is made
    provision.allow(f"sqs:{action}", "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:feed-*")

api = Api("feeds", cors="*", description="Gives partners feeds of events")
api.post(
    "/feeds",
    provision,
    summary="Asks for a feed",
    asynchronous=True,
    authorization="iam",
    request={
        "title": "Feed",
        "type": "object",
        "required": ["source", "account"],
        "additionalProperties": False,
        "properties": {
            "source": {"type": "string", "pattern": "^[a-z][a-z.]{1,60}$", "description": "Whose events"},
            "account": {"type": "string", "pattern": "^[0-9]{12}$", "description": "The partner's AWS account"},
        },
    },
)
api.get(
    "/feeds/{id}",
    dynamodb.get_item(TableName=feeds, Key={"id": {"S": api.path["id"]}}, ConsistentRead=True),
    summary="Says how far a feed is",
    authorization="iam",
    response_template="""\
#set($state = $input.path('$.Item.state.S'))
#if($state == '')
#set($context.responseOverride.status = 404)
{"message": "There is no such feed"}
#else
{"state": "$util.escapeJavaScript($state).replaceAll("\\\\'", "'")"}
#end
""",
)
