"""What AWS answered, written as the recordings are: data to replay, without an account's number, ARNs, or secrets.

An execution that has run is read with DescribeExecution, DescribeStateMachineForExecution and GetExecutionHistory, which
change nothing. Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from keyflow.aws.sensitive import HIDDEN, Secrets
from keyflow.dataclass import dataclass

ACCOUNT = "111111111111"
"""Stands for every account's number."""
_SECRET = "<secret>"
_DISTINCT = 16
"""Characters of a name that is no word by chance."""
_JSON = ("input", "output", "parameters", "taskCredentials")
"""The details of events that are JSON as text."""
_TOKEN = re.compile(r"\bA[A-Za-z0-9+/]{80,}={0,2}")
"""A task token: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token"""
_ACCOUNTS = (
    re.compile(r"(?<=:)\d{12}(?=:)"),
    re.compile(r"(?<=/)\d{12}(?=/)"),
)
"""Where numbers of accounts stand: in ARNs, and in URLs of queues."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Takes out of texts what belongs to one account: `words` are put in the place of its own names."""

    words: Mapping[str, str]

    def text(self, text: str) -> str:
        if text in self.words:
            return self.words[text]
        for own, word in self.words.items():
            if len(own) >= _DISTINCT:  # a short name may be any word, and stands for itself within others
                text = text.replace(own, word)
        for place in _ACCOUNTS:
            text = place.sub(ACCOUNT, text)
        return _TOKEN.sub("<task-token>", text)

    def value(self, value: Any) -> Any:
        match value:
            case dict():
                return {key: self.value(each) for key, each in value.items()}
            case list():
                return [self.value(each) for each in value]
            case datetime():
                return "timestamp"
            case str():
                return self.text(value.replace(HIDDEN, _SECRET))
            case _:
                return value


def execution(client: Any, arn: str) -> Mapping[str, Any]:
    """A recording of an execution that has ended: its definition, its input, and its events.

    Raises:
        ValueError: It runs still.
        botocore.exceptions.ClientError: AWS does not give it; an Express execution is not kept.
    """
    described = client.describe_execution(executionArn=arn)
    if described["status"] == "RUNNING":
        raise ValueError(f"{arn} runs still")
    machine = client.describe_state_machine_for_execution(executionArn=arn)
    own = Redaction(
        {
            arn: "<execution-arn>",
            described["stateMachineArn"]: "<state-machine-arn>",
            machine["roleArn"]: "snf_role_arn",
            described["name"]: "<execution-name>",
            machine["name"]: "<state-machine-name>",
        }
    )
    secrets = Secrets()
    return {
        "name": f"{own.text(described['name'])}#{described['status']}",
        "definition": own.value(json.loads(machine["definition"])),
        "input": own.value(secrets.data(json.loads(described.get("input", "{}")))),
        "history": [own.value(each) for each in _events(client, arn, secrets)],
    }


def _events(client: Any, arn: str, secrets: Secrets) -> Iterator[Any]:
    """The events in their order, with the JSON in their texts as JSON."""
    resources: dict[int, str] = {}
    page: Mapping[str, Any] = {"nextToken": None}
    while "nextToken" in page:
        more = {"nextToken": page["nextToken"]} if page["nextToken"] is not None else {}
        page = client.get_execution_history(executionArn=arn, includeExecutionData=True, **more)
        for event in page["events"]:
            yield {key: _details(key, value, event, resources, secrets) for key, value in event.items()}


def _details(key: str, value: Any, event: Mapping[str, Any], resources: dict[int, str], secrets: Secrets) -> Any:
    """An event's details without secrets: those of a call by its service's model, all others by the members' names."""
    if not key.endswith("EventDetails"):
        return value
    resource = _resource(value, event, resources)
    return {name: _detail(name, each, resource, secrets) for name, each in value.items()}


def _resource(details: Mapping[str, Any], event: Mapping[str, Any], resources: dict[int, str]) -> str:
    """The ARN of the resource that an event's call is of, which the events that follow it do not say in full."""
    own = details.get("resource")
    if event["type"].endswith("Scheduled") and isinstance(own, str):
        kind = details.get("resourceType")
        resources[event["id"]] = own if kind is None else f"arn:aws:states:::{kind}:{own}"
    resources.setdefault(event["id"], resources.get(event["previousEventId"], ""))
    return resources[event["id"]]


def _detail(name: str, value: Any, resource: str, secrets: Secrets) -> Any:
    if name not in _JSON or not isinstance(value, str):
        return secrets.data(value)
    parsed = _parsed(value)
    shown = {"parameters": secrets.parameters, "output": secrets.result}.get(name)
    found = secrets.data(parsed) if shown is None or not resource else shown(resource, parsed)
    return found if isinstance(found, dict | list) else json.dumps(found, ensure_ascii=False)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def state(recording: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """What TestState answered to a recorded question: the recording, with this answer alone."""
    plain = Redaction({})
    kept = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    options = {key: value for key, value in recording["options"].items() if key != "roleArn"}
    found: Mapping[str, Any] = plain.value(
        {**recording, "options": options, "recorded": {"test-aws": Secrets().data(kept)}}
    )
    return found
