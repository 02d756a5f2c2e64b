"""The HTTP endpoint in front of a workflow: what a caller is answered (P4)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, field
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.dsl.workflow import COMPENSATION_FAILED, UNHANDLED_CAUSE, UNHANDLED_ERROR
from keyflow.engine import Execution
from keyflow.engine.errors import RUNTIME, TIMEOUT
from keyflow.http.gateway import Answer, Gateway
from keyflow.http.velocity import TIMED_OUT
from keyflow.verify.judges.bodies import NO_JSON, body_of, has_none, shown
from keyflow.verify.judges.findings import Finding, Property
from keyflow.verify.world.runner import INTERNAL_CAUSE, INTERNAL_MARK

_STARTED = 200
"""The status of StartSyncExecution, however the execution ends."""


@dataclass(frozen=True)
class Endpoint:
    """A route that answers with a synchronous execution's end.

    `success` is the status of an execution that succeeded, and `errors` that of each declared error; of an API that
    keyflow did not write neither is known (None). `refusals` are the answers to callers that are not let through.
    """

    label: str
    gateway: Gateway
    success: int | None = None
    errors: Mapping[str, int] | None = None
    _: KW_ONLY
    refusals: tuple[Answer, ...] = ()
    _answers: dict[tuple[str, str | None, str | None, str], Answer] = field(
        default_factory=dict, init=False, compare=False
    )

    def answer(self, execution: Execution) -> Answer:
        """What the caller gets for an execution's end."""
        output = json.dumps(execution.output, ensure_ascii=False) if execution.status == "SUCCEEDED" else ""
        key = (execution.status, execution.error, execution.cause, output)
        if key not in self._answers:
            self._answers[key] = self.gateway.answered(_STARTED, _description(execution, output))
        return self._answers[key]

    @property
    def seconds(self) -> int:
        """How long the caller waits."""
        return self.gateway.milliseconds // 1000

    @property
    def template(self) -> str | None:
        """The mapping template by which an execution's end is answered, where there is one."""
        return self.gateway.response_template(_STARTED)

    def ends(self) -> Iterator[Execution]:
        """Every end that an execution can have: each declared error, those that nobody declares, and no end at all.

        Of an API that keyflow did not write it is not known what its author declares.
        """
        if self.errors is None:
            return
        for error in (*self.errors, UNHANDLED_ERROR, COMPENSATION_FAILED, RUNTIME, "Other"):
            cause = 'it\'s "so"' if error in self.errors else INTERNAL_CAUSE
            yield Execution("FAILED", None, error, cause, (), (), 0)
        yield Execution("TIMED_OUT", None, TIMEOUT, None, (), (), 0)
        yield Execution("ABORTED", None, None, None, (), (), 0)

    def refused(self) -> Iterator[tuple[Answer, Finding]]:
        """How the answer to a caller that is not let through violates P4: it starts nothing, and must say so."""
        for answer in self.refusals:
            if answer.status not in (401, 403):
                message = f"{self.label} answers {answer.status} {shown(answer)} to a caller that is not let through"
                fix = "let the gateway responses of the document answer 401 and 403"
                yield answer, self._finding(self.label, "refused", message, fix)
            elif body_of(answer) is NO_JSON:
                message = f"the body of the answer to a caller that is not let through is not JSON: {shown(answer)}"
                yield answer, self._finding(self.label, "refused", message, "escape it")

    def findings(self, execution: Execution) -> Iterator[Finding]:
        """How the answer violates P4."""
        answer = self.answer(execution)
        ended = "succeeded" if execution.status == "SUCCEEDED" else f"ended with {execution.error}"
        state = execution.error or "Success"
        body = body_of(answer)
        if body is NO_JSON and not has_none(answer):
            yield self._finding(state, "json", f"the body of the answer is not JSON: {shown(answer)}", "escape it")
        if INTERNAL_MARK in answer.body:
            yield self._finding(state, "leak", f"the answer shows the inside: {shown(answer)}", "answer a fixed text")
        if answer.status // 100 == 2 and execution.status != "SUCCEEDED":
            fix = "let the response template answer 500 for every error that it does not know"
            message = f"{self.label} answers {answer.status} {shown(answer)} for an execution that {ended}"
            yield self._finding(self.label, "2xx", message, fix)
        elif answer.status // 100 != 2 and execution.status == "SUCCEEDED":
            message = f"{self.label} answers {answer.status} for an execution that succeeded"
            yield self._finding(state, "success", message, "let the response template answer success first")
        else:
            yield from self._declared(execution, answer, body, state, ended)

    def _declared(self, execution: Execution, answer: Answer, body: Any, state: str, ended: str) -> Iterator[Finding]:
        if self.errors is None:
            return
        status, message = self._expected(execution)
        if answer.status != status:
            text = f"{self.label} answers {answer.status}, not {status}, for an execution that {ended}"
            yield self._finding(state, "status", text, f"map {execution.error or 'success'} to {status}")
        elif message is not None and body != {"message": message}:
            text = f"{self.label} says {shown(answer)}, not {message!r}, for an execution that {ended}"
            yield self._finding(state, "message", text, "answer the declared cause")
        elif execution.status == "SUCCEEDED" and status != 204 and body != execution.output:
            text = f"{self.label} answers {shown(answer)}, which is not the output of the workflow"
            yield self._finding(state, "output", text, "answer the output")

    def _expected(self, execution: Execution) -> tuple[int, str | None]:
        """The status and the message that the definition declares; no message where any will do."""
        if execution.status == "SUCCEEDED":
            return self.success or 200, None
        if execution.status == "TIMED_OUT":
            return 504, TIMED_OUT
        status = (self.errors or {}).get(execution.error or "")
        return (500, UNHANDLED_CAUSE) if status is None else (status, execution.cause)

    def _finding(self, state: str, mark: str, message: str, fix: str) -> Finding:
        return Finding(property=Property.P4, state=state, mark=mark, message=message, fix=fix)


def _description(execution: Execution, output: str) -> JSON:
    """What StartSyncExecution answers.

    Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
    """
    description: dict[str, JSON] = {"status": execution.status, "name": "execution"}
    if execution.status == "SUCCEEDED":
        return {**description, "output": output}
    if execution.error is not None:
        description["error"] = execution.error
    if execution.cause is not None:
        description["cause"] = execution.cause
    return description
