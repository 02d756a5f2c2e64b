"""Signs a member up: a user of Cognito, in the members' group, and a welcome by mail.

The user's name is the execution's own, and the mail address an alias of it. So an address that is taken is refused by
Cognito, and the user that a failure takes back is never another's. The pool signs in with codes sent by mail: a user
needs no password, and hears nothing before it is there to stay.
"""

from keyflow import Api, Parameter, Workflow, format
from keyflow.aws import cognito_idp, sesv2, sqs

pool = Parameter("UserPoolId", description="The user pool: mail addresses are aliases, codes by mail sign in")
group = Parameter("MemberGroup", description="The group of the pool that members are in")
sender = Parameter("WelcomeSender", description="The address that welcomes come from")
identity = Parameter("WelcomeIdentity", description="The ARN of the verified identity that the address belongs to")
later = Parameter("WelcomeQueue", description="The URL of the queue of welcomes to send later")

sign_up = Workflow("SignUp", timeout=28, comment="Makes a user in the group and welcomes it, or makes nothing")
address = sign_up.input["email"]
member = sign_up.context["Execution"]["Name"]

user = sign_up.task(
    "Create User",
    cognito_idp.admin_create_user(
        UserPoolId=pool,
        Username=member,
        UserAttributes=[
            {"Name": "email", "Value": address},
            {"Name": "email_verified", "Value": "true"},  # only a verified address is an alias that no other can have
            {"Name": "name", "Value": sign_up.input["name"]},
        ],
        MessageAction="SUPPRESS",
    ),
)
with user.on_error(cognito_idp.errors.AliasExistsException):
    sign_up.fail("MemberExists", "There is a member with that address")
user.compensate("Delete User", cognito_idp.admin_delete_user(UserPoolId=pool, Username=member))

joined = sign_up.task(
    "Add To Group", cognito_idp.admin_add_user_to_group(UserPoolId=pool, Username=member, GroupName=group)
)
joined.keep("a membership goes with its user")

# No one is welcomed to what may be taken back. A mail that does not leave is no reason to turn a member away.
sign_up.pivot()
welcome = sign_up.task(
    "Send Welcome",
    sesv2.send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": [address]},
        Content={
            "Simple": {
                "Subject": {"Data": "Welcome"},
                "Body": {
                    "Text": {"Data": format("Hello {}, you are a member now: {}.", sign_up.input["name"], member)}
                },
            }
        },
    ),
)
with welcome.on_error():
    sign_up.task("Welcome Later", sqs.send_message(QueueUrl=later, MessageBody={"member": member, "email": address}))
sign_up.allow("ses:SendEmail", identity)
sign_up.succeed({"member": member})

api = Api("members", cors="*", description="Signs members up")
api.post(
    "/members",
    sign_up,
    summary="Signs a member up",
    input={"email": api.body["email"], "name": api.body["name"]},
    request={
        "title": "Member",
        "type": "object",
        "required": ["email", "name"],
        "additionalProperties": False,
        "properties": {
            "email": {"type": "string", "maxLength": 254, "pattern": "^[^@\\s]+@[^@\\s]+$"},
            "name": {"type": "string", "minLength": 1, "maxLength": 100},
        },
    },
    success=201,
    errors={"MemberExists": 409},
)
