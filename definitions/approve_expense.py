"""Asks for the approval of an expense: the employee's lead, and finance where the lead does not answer for three days.

Both are asked by mail, with a link to a page that has the task's token. The page gives the answer back through the API,
which adds who gave it. Whoever has answered decides; what is approved is paid.
"""

from keyflow import Api, Parameter, Task, Value, Workflow, format
from keyflow.aws import Call, dynamodb, sesv2, sqs, stepfunctions

staff = Parameter("StaffTable", description="The DynamoDB table of employees (arn) with the address of their lead")
expenses = Parameter("ExpenseTable", description="The DynamoDB table of expenses (id)")
finance = Parameter("FinanceAddress", description="The address that is asked where a lead does not answer")
sender = Parameter("QuestionSender", description="The address that questions come from")
identity = Parameter("QuestionIdentity", description="The ARN of the verified identity that the address belongs to")
page = Parameter("AnswerPage", description="The URL of the page that answers, to which the token is added")
payouts = Parameter("PayoutQueue", description="The URL of the queue of expenses to pay")
letters = Parameter("ExpenseLetters", description="The URL of the queue of what someone has to look at")

DAY = 24 * 3600

approve = Workflow("ApproveExpense", type="STANDARD", timeout=8 * DAY, comment="Pays an expense that is approved")
number = approve.context["Execution"]["Name"]
expense = {"id": {"S": number}}
employee, amount, purpose = (approve.input[each] for each in ("employee", "amount", "purpose"))


def ask(name: str, address: Value) -> Task:
    """A question by mail, which ends with its answer."""
    text = "{} cents for: {}\n\nYour answer, within three days: {}{}"
    body = format(text, amount, purpose, page, approve.context["Task"]["Token"])
    mail = sesv2.send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": [address]},
        Content={"Simple": {"Subject": {"Data": "An expense to approve"}, "Body": {"Text": {"Data": body}}}},
    )
    question = approve.task(name, mail.wait_for_task_token(), timeout=3 * DAY)
    question.keep("a question that is not waited for any more is answered in vain")
    return question


def record(state: str) -> Call:
    """Writes down what the expense has come to, and by whom."""
    return dynamodb.update_item(
        TableName=expenses,
        Key=expense,
        UpdateExpression="SET #state = :state, decidedBy = :by",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": {"S": state}, ":by": {"S": decided_by}},
    )


person = approve.task("Find Lead", dynamodb.get_item(TableName=staff, Key={"arn": {"S": employee}}))
approve.fail_if(~person["Item"]["lead"]["S"].is_present(), "NoLead", "The employee has no lead to ask")
filed = approve.task(
    "File Expense",
    dynamodb.put_item(
        TableName=expenses,
        Item={
            **expense,
            "employee": {"S": employee},
            "amount": {"N": format("{}", amount)},
            "purpose": {"S": purpose},
            "state": {"S": "asked"},
        },
    ),
)
filed.compensate("Withdraw Expense", dynamodb.delete_item(TableName=expenses, Key=expense))

lead = ask("Ask Lead", person["Item"]["lead"]["S"])
with lead.on_error("States.Timeout"):
    office = ask("Ask Finance", finance)
    with office.on_error("States.Timeout"):
        approve.fail("NoAnswer", "Neither the lead nor finance has answered")
answer = approve.first_of(lead["answer"], office["answer"])
decided_by = approve.first_of(lead["by"], office["by"])

# The answer is given: from here on it is carried out.
approve.pivot()
with approve.when(answer == "approve", name="Is It Approved?"):
    approve.task("Record Approval", record("approved"))
    approve.task("Pay", sqs.send_message(QueueUrl=payouts, MessageBody={"expense": number, "amount": amount}))
    approve.succeed({"state": "approved", "by": decided_by})
with approve.otherwise():
    approve.task("Record Refusal", record("refused"))
    approve.succeed({"state": "refused", "by": decided_by})
approve.dead_letter(sqs.send_message(QueueUrl=letters, MessageBody=approve.left_over))
approve.allow("ses:SendEmail", identity)


api = Api("expenses", cors="*", description="Takes expenses, and answers about them; callers sign with AWS's signature")
api.post(
    "/expenses",
    approve,
    summary="Asks for the approval of an expense",
    asynchronous=True,
    authorization="iam",
    input={
        "employee": api.context["identity"]["userArn"],
        "amount": api.body["amount"],
        "purpose": api.body["purpose"],
    },
    request={
        "title": "Expense",
        "type": "object",
        "required": ["amount", "purpose"],
        "additionalProperties": False,
        "properties": {
            "amount": {"type": "integer", "minimum": 1, "description": "Cents"},
            "purpose": {"type": "string", "minLength": 1, "maxLength": 400},
        },
    },
)
api.get(
    "/expenses/{id}",
    dynamodb.get_item(TableName=expenses, Key={"id": {"S": api.path["id"]}}),
    summary="Says what an expense has come to",
    authorization="iam",
    response_template="""\
#set($state = $input.path('$.Item.state.S'))
#if($state == '')
#set($context.responseOverride.status = 404)
{"message": "There is no such expense"}
#else
{"state": "$util.escapeJavaScript($state).replaceAll("\\\\'", "'")"}
#end
""",
)
api.post(
    "/answers",
    stepfunctions.send_task_success(
        taskToken=api.body["token"],
        output={"answer": api.body["answer"], "by": api.context["identity"]["userArn"]},
    ),
    summary="Answers a question",
    authorization="iam",
    response_template='{"message": "Your answer is noted"}',
    errors={"TaskTimedOut": 410, "TaskDoesNotExist": 404, "InvalidToken": 400},
    request={
        "title": "Answer",
        "type": "object",
        "required": ["token", "answer"],
        "additionalProperties": False,
        "properties": {
            "token": {"type": "string", "minLength": 1, "maxLength": 2048},
            "answer": {"enum": ["approve", "refuse"]},
        },
    },
)
