"""An AWS call behind a route: where API Gateway sends it, as what, and what in its result says that a part failed.

The services speak AWS's JSON protocol: the operation stands in a header, the arguments in a JSON document. Source:
https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from keyflow.aws import JsonText, OperationCall, RuntimeValue
from keyflow.aws.json_text import with_texts
from keyflow.aws.models import OperationModel, Shape
from keyflow.dataclass import dataclass
from keyflow.dsl.requests import Part, RequestValue

_ACTION_SERVICES = {"stepfunctions": "states"}
"""The services that an integration's URI calls otherwise than boto3 does."""

PARTIAL_FAILURES: Mapping[tuple[str, str], str] = {
    ("dynamodb", "BatchExecuteStatement"): "$.Responses[*].Error",
    ("dynamodb", "BatchGetItem"): "$.UnprocessedKeys",
    ("dynamodb", "BatchWriteItem"): "$.UnprocessedItems",
    ("events", "PutEvents"): "$.FailedEntryCount",
    ("events", "PutPartnerEvents"): "$.FailedEntryCount",
    ("events", "PutTargets"): "$.FailedEntryCount",
    ("events", "RemoveTargets"): "$.FailedEntryCount",
    ("sqs", "ChangeMessageVisibilityBatch"): "$.Failed",
    ("sqs", "DeleteMessageBatch"): "$.Failed",
    ("sqs", "SendMessageBatch"): "$.Failed",
}
"""Where the result of a call that AWS answers with 200 says what of it was not done; a test reads all models for it."""
EXECUTIONS: Mapping[tuple[str, str], str] = {("stepfunctions", "StartSyncExecution"): "$.status"}
"""Where a result says how what it waited for has ended: anything but SUCCEEDED is a failure."""

_DOCUMENTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("events", "PutEvents"): frozenset({"Entries[].Detail"}),
    ("events", "PutPartnerEvents"): frozenset({"Entries[].Detail"}),
    ("events", "PutRule"): frozenset({"EventPattern"}),
    ("events", "PutTargets"): frozenset({"Targets[].Input"}),
    ("events", "TestEventPattern"): frozenset({"EventPattern", "Event"}),
    ("stepfunctions", "StartExecution"): frozenset({"input"}),
    ("stepfunctions", "StartSyncExecution"): frozenset({"input"}),
    ("stepfunctions", "SendTaskSuccess"): frozenset({"output"}),
    ("stepfunctions", "TestState"): frozenset({"input", "definition"}),
}
"""Members that the services want as the text of a JSON document, whatever its value is."""
_NUMBER = "NumberAttributeValue"
"""DynamoDB's numbers, which are text: `{"N": "3"}`."""
_MESSAGES: Mapping[tuple[str, str], frozenset[str]] = {
    ("sqs", "SendMessage"): frozenset({"MessageBody"}),
    ("sqs", "SendMessageBatch"): frozenset({"Entries[].MessageBody"}),
}
"""Members that are any text: one that is sent stays as it is, and everything else becomes its JSON."""


@dataclass(frozen=True, eq=False, slots=True)
class BodyText(RuntimeValue):
    """A member of the body where a service takes any text: text as it was sent, or the JSON text of what else was."""

    value: RequestValue

    @property
    def kind(self) -> str:
        return "string"

    def deployed_text(self) -> None:
        return None


def uri(model: OperationModel) -> str:
    """The integration's URI, behind the region.

    SQS is sent a plain request (`path//`): with `action/` API Gateway adds the parameters of its query protocol.
    """
    service = _ACTION_SERVICES.get(model.service.name, model.service.name)
    return "sqs:path//" if service == "sqs" else f"{service}:action/{model.name}"


def headers(model: OperationModel) -> Mapping[str, str]:
    """The headers by which a service knows the operation, and its protocol."""
    service = model.service
    return {
        "Content-Type": f"application/x-amz-json-{service.json_version}",
        "X-Amz-Target": f"{service.target_prefix}.{model.name}",
    }


def arguments(call: OperationCall) -> Any:
    """The call's arguments as the service's own API has them: documents as text, moments as numbers."""
    model = call.model
    if model.input is None:
        return {}
    written = with_texts(model.input, call.written, json_members=frozenset())
    key = (model.service.name, model.name)
    return _sent(model.input, written, "", _DOCUMENTS.get(key, frozenset()), _MESSAGES.get(key, frozenset()))


def _sent(shape: Shape, value: Any, path: str, documents: frozenset[str], messages: frozenset[str]) -> Any:
    match shape.type, value:
        case "structure", Mapping():
            before = f"{path}." if path else ""
            return {
                name: _sent(shape.members[name], each, f"{before}{name}", documents, messages)
                if name in shape.members
                else each
                for name, each in value.items()
            }
        case "map", Mapping():
            return {
                name: _sent(shape.element, each, f"{path}.{name}", documents, messages) for name, each in value.items()
            }
        case "list", list() | tuple():
            return [_sent(shape.element, each, f"{path}[]", documents, messages) for each in value]
        case "string", RequestValue(part=Part.BODY) if path in documents:
            return JsonText(value)
        case "string", RequestValue(part=Part.BODY) if path in messages or shape.name == _NUMBER:
            return BodyText(value)
        case "timestamp", str():
            return _seconds(value)
        case _:
            return value


def _seconds(moment: str) -> float | str:
    """A moment as the protocol has it, in seconds since 1970; text that is no moment stays."""
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()
