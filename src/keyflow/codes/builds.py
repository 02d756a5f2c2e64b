"""KF301 to KF309: what a build says of a workflow as a whole. KF401 to KF415: of an API and its routes."""

from __future__ import annotations

from keyflow.codes.code import Code

CODES = (
    Code(
        code="KF301",
        name="over-the-time",
        what="The worst path takes longer than it may, or the length of a wait is unknown.",
        why="No handler and no compensation runs when the workflow's own timeout strikes.",
        fix="Shorten timeouts or retries, run tasks side by side, or answer first and do the rest in another workflow.",
        example='workflow.task("Get", apigateway.get_account(), timeout=30)',
    ),
    Code(
        code="KF302",
        name="cannot-be-compared-here",
        what="A condition compares something that a Choice cannot look at.",
        why="In JSONPath a Choice compares the input, results and the context.",
        fix="Compare one of those, or write the workflow in JSONata: `query_language='JSONata'`.",
        example='workflow.fail_if(format("{}", workflow.input["a"]) == "x", "Same", "They are the same")',
    ),
    Code(
        code="KF303",
        name="no-place-in-jsonpath",
        what="JSONPath has no place for a value.",
        why="It computes members of objects, not whole outputs and not lists in lists.",
        fix="Put the value into an object: `{'value': ...}`.",
        example='workflow.succeed([workflow.input["a"]])',
    ),
    Code(
        code="KF304",
        name="read-as-an-expression",
        what="A key of the data ends in `.$`, or a text begins with `{%`.",
        why="Step Functions reads it as a path or an expression.",
        fix="Rename the key, or put something in front of the text.",
        example='workflow.succeed({"price.$": "5"})',
    ),
    Code(
        code="KF305",
        name="definition-too-large",
        what="A definition has more than 1 MB.",
        why="Step Functions takes no larger one.",
        fix="Split it into nested workflows.",
    ),
    Code(
        code="KF306",
        name="unknown-permission",
        what="What the role must be allowed for a resource is unknown, so the role is not allowed it.",
        why="The call would be denied.",
        fix="Write `keyflow.aws.function(arn, ...)` for a Lambda function, or `workflow.allow(action, resource)`.",
        example=(
            "from keyflow.aws import resource\n\n"
            'workflow.task("Call", resource("arn:aws:states:::weather:getForecast", {"Place": "x"}), timeout=5)\n'
            "workflow.succeed()"
        ),
    ),
    Code(
        code="KF307",
        name="no-json",
        what="A value is none that JSON has: a set, a date, bytes, an endless number, or a key that is not text.",
        why="A definition is JSON.",
        fix="Use text, numbers, `True`, `False`, `None`, and lists and dicts of them: `date.isoformat()`.",
        example='workflow.succeed({"at": {1, 2}})',
    ),
    Code(
        code="KF308",
        name="wide-permission",
        what="A call is allowed more than one thing, because whoever starts the execution chooses it.",
        why="A caller could reach every table, queue or bucket of the account.",
        fix="Name the resource, or say which it may be: `workflow.allow(action, resource)`.",
        example='workflow.task("Get", dynamodb.get_item(TableName=workflow.input["table"], Key={}))',
    ),
    Code(
        code="KF309",
        name="undocumented-action",
        what="No documentation says which IAM action a call asks for, or IAM is not asked.",
        why="The role is not allowed the call, and AWS may deny it.",
        fix="Write `workflow.allow(action, resource)` when AWS has named the action.",
        example='from keyflow.aws import codecatalyst\n\nworkflow.task("List", codecatalyst.list_spaces())',
    ),
    Code(
        code="KF401",
        name="unknown-part-of-the-request",
        what="A part of the request is named wrongly, or the path has no such parameter.",
        why="API Gateway would send nothing in its place.",
        fix="Name parameters of the path in its braces: `/orders/{id}` and `api.path['id']`.",
        example='api.get("/orders/{id}", lookup, input={"id": api.path["ident"]})',
    ),
    Code(
        code="KF402",
        name="impossible-api",
        what="An API's name or its CORS origin is not possible.",
        why="A browser compares one origin letter by letter.",
        fix="Use letters, digits, `-` and `_` for the name, and `*` or one origin for CORS.",
        example='Api("orders", cors="shop.example")',
    ),
    Code(
        code="KF403",
        name="impossible-route",
        what="A route's method, path, target, authorization or schema is not possible.",
        why="API Gateway refuses it, or could not answer.",
        fix="See the message.",
        example='api.get("orders", lookup)',
    ),
    Code(
        code="KF404",
        name="status-does-not-fit",
        what="A status does not fit, or neither the workflow declares the error nor does the AWS call have it.",
        why="A failure must never be answered with a success.",
        fix="Use 2xx for success, and 4xx or 5xx for errors that the workflow or the AWS call has.",
        example='api.get("/orders", lookup, success=404)',
    ),
    Code(
        code="KF405",
        name="error-without-a-status",
        what="A declared error has no status.",
        why="The caller would get a 500 for what is no fault of the server.",
        fix="Add it to the route's `errors`: `errors={'NotFound': 404}`.",
        example=(
            'lookup.fail_if(~lookup.input["id"].is_present(), "NotFound", "There is none")\napi.get("/orders", lookup)'
        ),
    ),
    Code(
        code="KF406",
        name="unknown-to-the-request",
        what="A route's input holds what only an execution knows, or what JSON does not have.",
        why="API Gateway knows the request, and nothing else.",
        fix="Use `api.body`, `api.path`, `api.query`, `api.headers` or `api.context`.",
        example='api.get("/orders", lookup, input={"id": lookup.input["id"]})',
    ),
    Code(
        code="KF407",
        name="no-routes",
        what="An API has no routes.",
        why="API Gateway deploys no API without a method.",
        fix="Add one: `api.get(path, workflow)`.",
        example='empty = Api("empty")',
    ),
    Code(
        code="KF408",
        name="longer-than-a-caller-waits",
        what="A route waits for a workflow whose timeout is longer than API Gateway waits.",
        why="The caller gets 504, and does not learn what came of the execution.",
        fix="Shorten the workflow's timeout, or start it with `asynchronous=True`.",
        example='long = Workflow("Long", timeout=60)\nlong.succeed()\napi.post("/long", long)',
    ),
    Code(
        code="KF409",
        name="conflicting-route-paths",
        what="Two routes have different variables at one place, or a variable stands where none can.",
        why="API Gateway keeps paths as a tree, with one variable below each part, and a greedy one only at the end.",
        fix="Give the variable one name in all routes, or a fixed part before it.",
        example='api.get("/orders/{id}", lookup)\napi.get("/orders/{number}/items", lookup)',
    ),
    Code(
        code="KF410",
        name="no-schema-of-draft-4",
        what="A schema has a word that JSON Schema draft 4 cannot say otherwise.",
        why="API Gateway knows draft 4, and ignores or refuses the rest.",
        fix="See the hint. `const`, `exclusiveMinimum`, `$defs`, `if` and many others are translated.",
        example='api.post("/orders", lookup, request={"type": "array", "prefixItems": [{"type": "string"}]})',
    ),
    Code(
        code="KF411",
        name="unknown-variable-of-the-request",
        what="A variable of the request's context does not exist, or is empty.",
        why="API Gateway would send nothing in its place.",
        fix="Name one that API Gateway documents: `api.context['identity']['sourceIp']`.",
        example='api.get("/orders", lookup, input={"from": api.context["identity"]["sourceIP"]})',
    ),
    Code(
        code="KF412",
        name="impossible-authorizer",
        what="An authorizer is named by no ARN, or knows its callers by what no request has.",
        why="API Gateway refuses it, or asks no one.",
        fix="Name the user pool or the function by its ARN or a `Parameter`, and callers by headers.",
        example=(
            "from keyflow import LambdaAuthorizer\n\n"
            'api.get("/orders", lookup, authorization=LambdaAuthorizer(function="check-token"))'
        ),
    ),
    Code(
        code="KF413",
        name="impossible-wait-of-a-route",
        what="A route waits for less than a second, or longer than an Express workflow runs.",
        why="There is no such timeout of an integration.",
        fix="Write whole seconds from 1 to 300. Over 29, AWS must first raise the quota of the account.",
        example='api.get("/orders", lookup, timeout_seconds=600)',
    ),
    Code(
        code="KF414",
        name="impossible-name-of-an-execution",
        what="A route cannot give the execution the name, or a request need not have it.",
        why="A name makes one execution of two requests only where it is always sent, and the workflow is STANDARD.",
        fix="Use it with `asynchronous=True` and a STANDARD workflow, and make the part of the request required.",
        example='api.post("/orders", lookup, asynchronous=True, name=api.headers["Idempotency-Key"])',
    ),
    Code(
        code="KF415",
        name="request-claimed-by-no-write",
        what="A route says what makes two requests one, and the workflow makes no conditional write of it.",
        why="Two requests with one key would do everything twice: AWS starts any number of synchronous executions.",
        fix="Put an item with the key and `attribute_not_exists` first, or leave `idempotency=` out.",
        example=(
            'api.post("/orders", lookup, idempotency=api.headers["Key"], input={"key": api.headers["Key"]}, errors={})'
        ),
    ),
)
