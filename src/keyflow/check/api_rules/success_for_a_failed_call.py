"""A call that failed, or failed in part, is answered with success."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.check.api import INTEGRATION, Operation
from keyflow.check.api_examples import IN_PART, direct, response
from keyflow.check.rule import Finding, Rule
from keyflow.diagnostics import CheckError, EngineError

_REFUSED = {"__type": "AnyException", "message": "refused"}
_PARTS: Mapping[str, Any] = {
    "$.FailedEntryCount": {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Any"}]},
    "$.Failed": {"Successful": [], "Failed": [{"Id": "1", "Code": "Any"}]},
    "$.UnprocessedItems": {"UnprocessedItems": {"table": [{}]}},
    "$.UnprocessedKeys": {"UnprocessedKeys": {"table": {"Keys": [{}]}}},
    "$.Responses[*].Error": {"Responses": [{"Error": {"Code": "Any"}}]},
}
"""A result in which a part failed, by where it says so."""


def check(operation: Operation) -> Iterator[Finding]:
    """What is answered where AWS refuses a call, or has done a part of it."""
    from keyflow.http.direct_calls import PARTIAL_FAILURES

    call = operation.call
    if call is None or call.service.name == "lambda":  # what a function raises is told from results by its message
        return
    member = PARTIAL_FAILURES.get((call.service.name, call.name))
    ends = [(400, _REFUSED, "that AWS refuses"), (500, {}, "that AWS fails")]
    if member is not None:
        ends.append((200, _PARTS[member], f"that failed in part ({member.removeprefix('$.')})"))
    for status, body, what in ends:
        try:
            answer = operation.answered(body, status)
        except (CheckError, EngineError):
            continue
        if answer.status // 100 == 2:
            hint = "answer 500 for them, or let the default response do so"
            yield Finding((INTEGRATION, "responses"), f"answers {answer.status} for a call {what}", hint)


RULE = Rule(
    code="KF913",
    title="A call that failed is answered with success",
    why=(
        "The default response takes every status that no other one matches, those of failures too. And calls that do "
        "several things at once answer 200 where a part of them failed: only a member of the result says so."
    ),
    bad=direct(answer="{}"),
    good=direct(responses={"200": response(200, IN_PART), "default": response(500)}),
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html",
    check=check,
)
