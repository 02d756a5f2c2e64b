"""Routes that start a workflow: what arrives for what was sent, and what a caller is answered before it runs (P4).

What an execution's end is answered with is judged run by run (`keyflow.verify.judges.endpoint`). Here is the rest of
the route: the request template, the integration's own settings, and the answers to what AWS itself refuses. All of it
is said again, apart from the templates, in words of the route that an author wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from keyflow.aws import JsonText
from keyflow.aws.models import operation_model
from keyflow.dataclass import dataclass
from keyflow.diagnostics import KeyflowError, Location
from keyflow.dsl.api import Route
from keyflow.dsl.definition import Definition
from keyflow.dsl.requests import Part, RequestValue
from keyflow.dsl.values import Intrinsic
from keyflow.http.gateway import Answer, Gateway, Request
from keyflow.http.requested import read_of_request, request_values
from keyflow.placeholders import filled
from keyflow.verify.judges.bodies import body_of
from keyflow.verify.judges.findings import Finding, Property
from keyflow.verify.world.runner import INTERNAL_CAUSE, INTERNAL_MARK

_TEXTS = ("plain", 'it\'s "so" \\ ü', "two\nlines\tand $foo #if(x) ${bar}", "", "{}", "0", "😀 %41+b /?&=", "null")
"""What a caller may send as text: whatever of it means something to JSON, to Velocity, to a URL."""
_TOO_MANY = (
    "ExecutionLimitExceeded",
    "LimitExceededException",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
)
"""What says "not so fast": the codes of throttling that AWS's own clients know, and Step Functions' own.

Source: https://github.com/boto/botocore/blob/develop/botocore/retries/standard.py
"""
_UNREADABLE = ("SerializationException", "InvalidExecutionInput")
_TOO_LARGE = (
    "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or "
    f"equal to 262144 {INTERNAL_CAUSE}"
)
_OTHERS = ("AccessDeniedException", "ExpiredTokenException", "SomethingNew")
_PREFIX = "com.amazonaws.swf.service.v2.model#"
_OF_NAMES = {"ExecutionAlreadyExists": 409, "InvalidName": 400, "ValidationException": 400}
"""What AWS has against an execution's name, where the route gives one."""


@dataclass(frozen=True, kw_only=True)
class StartedRoute:
    """A route that starts a workflow, and the integration that was built for it.

    `values` are those that stand for placeholders in the integration, by their names; `role` is what calls AWS.
    """

    route: Route
    integration: Mapping[str, Any]
    values: Mapping[str, str]
    role: str
    cors: str | None

    @property
    def label(self) -> str:
        return self.route.label

    @property
    def location(self) -> Location:
        return self.route.location

    @property
    def _action(self) -> str:
        return "StartExecution" if self.route.asynchronous else "StartSyncExecution"

    @cached_property
    def _gateway(self) -> Gateway:
        return Gateway(self.integration)

    @property
    def answers(self) -> int:
        """How many answers and requests are looked at."""
        return sum(1 for _each in self._refusals()) + sum(1 for _each in self._requests()) + self.route.asynchronous

    def findings(self) -> Iterator[Finding]:
        """How the route violates P4; each kind of violation once."""
        shown: dict[str, Finding] = {}
        for finding in (
            *self._settings(),
            *self._statuses(),
            *self._sent(),
            *self._refused(),
            *self._started(),
            *self._headers(),
        ):
            shown.setdefault(finding.mark, finding)
        yield from shown.values()

    # The integration's own settings.

    def _settings(self) -> Iterator[Finding]:
        where = f"arn:{self._value('AWS::Partition')}:apigateway:{self._value('AWS::Region')}"
        wanted = {
            "type": "aws",
            "httpMethod": "POST",
            "uri": f"{where}:states:action/{self._action}",
            "credentials": self.role,
            "passthroughBehavior": "never",
            "timeoutInMillis": self.route.timeout_seconds * 1000,
        }
        for name, value in wanted.items():
            if self.integration.get(name) != value:
                text = f"{name} of the integration is {self.integration.get(name)!r}, not {value!r}"
                yield self._finding(f"setting {name}", text, f"write {value!r}")
        given = {*self.integration} - {*wanted, "requestTemplates", "responses"}
        for name in sorted(given):
            yield self._finding(f"setting {name}", f"the integration has {name}", "leave it out")
        if set(self.integration.get("requestTemplates", {})) != {"application/json"}:
            yield self._finding("template", "not JSON alone has a request template", "write one for application/json")

    def _statuses(self) -> Iterator[Finding]:
        """API Gateway keeps responses by their statuses: each has its own."""
        responses: Mapping[str, Any] = self.integration.get("responses", {})
        wanted = {"200": str(self.route.success), r"4\d{2}": "400", "default": "500"}
        found = {pattern: response.get("statusCode") for pattern, response in responses.items()}
        if found != wanted:
            yield self._finding("statuses", f"the responses have the statuses {found}, not {wanted}", "write these")

    def _value(self, name: str) -> str:
        return self.values.get(name, name)

    # What arrives is what was sent.

    def _sent(self) -> Iterator[Finding]:
        for request, context in self._requests():
            try:
                sent = json.loads(self._gateway.sent(request, context))
            except (KeyflowError, ValueError) as error:
                yield self._finding("sent", f"what is sent on is no JSON: {error}", "escape it")
                continue
            wanted: dict[str, Any] = {"stateMachineArn": self._machine}
            if self.route.name is not None:
                wanted["name"] = _Sent(request, context, self.values).value(self.route.name)
            found = {name: sent.get(name) for name in ("stateMachineArn", "name") if name in sent}
            if found != wanted or {*sent} != {*wanted, "input"}:
                yield self._finding("start", f"{self._action} is sent {found}, not {wanted}", "send these")
            yield from self._arrived(request, context, sent.get("input"))

    @property
    def _machine(self) -> str:
        target = self.route.target
        assert isinstance(target, Definition)  # noqa: S101  other routes are judged elsewhere
        return self._value(target.arn.placeholder)

    def _arrived(self, request: Request, context: Mapping[str, Any], text: Any) -> Iterator[Finding]:
        wanted = _Sent(request, context, self.values).value({} if self.route.input is None else self.route.input)
        try:
            found = json.loads(text)
        except (TypeError, ValueError):
            yield self._finding("input", f"the execution's input is no JSON: {text!r}", "escape it")
            return
        if found != wanted:
            message = f"the execution gets {json.dumps(found)[:200]}, not {json.dumps(wanted)[:200]}"
            yield self._finding("input", message, "send on what came")

    def _requests(self) -> Iterator[tuple[Request, Mapping[str, Any]]]:
        """Requests with each text in every place that the route reads, and one that has nothing that may be missing."""
        read = list(request_values(self.route))
        for index in range(len(_TEXTS)):
            yield self._request(read, index)
        text = "{}" if any(value.part is Part.BODY for value in read) else ""
        path = dict.fromkeys(self.route.path_parameters, "plain")
        always = [value for value in read_of_request(self.route.name) if value.part in (Part.QUERY, Part.HEADER)]
        given = {part: {each.keys[0]: "plain" for each in always if each.part is part} for part in Part}
        yield Request(text, path, given[Part.QUERY], given[Part.HEADER]), {}

    def _request(self, read: list[RequestValue], index: int) -> tuple[Request, Mapping[str, Any]]:
        """A request whose texts are all of one kind, but no two alike."""
        body: Any = {}
        parts: dict[Part, dict[str, str]] = {Part.PATH: {}, Part.QUERY: {}, Part.HEADER: {}}
        context: dict[str, Any] = {}
        for number, value in enumerate(read):
            text = _TEXTS[(index + number) % len(_TEXTS)] + ("" if index == 3 else str(number))
            match value.part:
                case Part.BODY:
                    _put(body, value.keys, text if number % 2 else {"text": text, "list": [number, None, True, text]})
                    body.setdefault("more", text)
                case Part.CONTEXT:
                    _put(context, value.keys, text)
                case _:
                    parts[value.part][value.keys[0]] = text
        path = {name: quote(parts[Part.PATH].get(name) or "x", safe="+") for name in self.route.path_parameters}
        return Request(json.dumps(body), path, parts[Part.QUERY], parts[Part.HEADER]), context

    # What AWS refuses, and what fails.

    def _refusals(self) -> Iterator[tuple[str, int, Any, int]]:
        """What AWS may answer instead of starting: what it is, its status and body, and the status for the caller."""
        operation = operation_model("stepfunctions", self._action)
        known = () if operation is None else operation.errors
        for error in dict.fromkeys((*known, *_TOO_MANY, *_UNREADABLE, *_OTHERS)):
            status = self._status(error)
            for name in (error, _PREFIX + error):
                yield error, 400, {"__type": name, "message": INTERNAL_CAUSE}, status
        yield "an input that is too large", 400, {"__type": "ValidationException", "message": _TOO_LARGE}, 413
        other = {"__type": "ValidationException", "message": f"Value at 'name' failed: {INTERNAL_CAUSE}"}
        yield "another ValidationException", 400, other, self._status("ValidationException")
        for status in (400, 403, 413, 429, 500, 502, 503):
            yield f"a status of {status}", status, {"message": INTERNAL_CAUSE}, 500

    def _status(self, error: str) -> int:
        """The status for a caller of what AWS refuses with an error."""
        if self.route.name is not None and error in _OF_NAMES:
            return _OF_NAMES[error]
        if error in _TOO_MANY or "Throttl" in error:
            return 429
        return 400 if error in _UNREADABLE else 500

    def _refused(self) -> Iterator[Finding]:
        for what, status, body, wanted in self._refusals():
            answer = self._answer(status, body)
            kind = "4xx" if status // 100 == 4 else "default"
            if isinstance(answer, str):
                yield self._finding(kind, f"the template fails for {what}: {answer}", "take what may be missing")
                continue
            if answer.status != wanted:
                text = f"{self.label} answers {answer.status}, not {wanted}, for {what}"
                yield self._finding(f"{kind} {what}", text, f"answer {wanted}")
            message = _message(answer)
            if not message or INTERNAL_MARK in answer.body:
                text = f"{self.label} answers {' '.join(answer.body.split())[:200]!r} for {what}"
                yield self._finding(f"{kind} body", text, 'answer a fixed text: {"message": "..."}')

    def _started(self) -> Iterator[Finding]:
        """What is answered where the execution is started and not waited for."""
        if not self.route.asynchronous:
            return
        arn = "arn:aws:states:us-east-1:123456789012:execution:W:e1"
        answer = self._answer(200, {"executionArn": arn, "startDate": 1.5})
        if isinstance(answer, str) or answer.status != self.route.success:
            found = answer if isinstance(answer, str) else answer.status
            yield self._finding("started", f"a start is answered {found}, not {self.route.success}", "answer that")
        elif self.route.response_template is None and self.route.success != 204:
            wanted = {"id": "e1", "executionArn": arn, "startDate": "1.5"}
            if body_of(answer) != wanted:
                yield self._finding("started", f"a start is answered {answer.body!r}, not {wanted}", "answer that")

    def _headers(self) -> Iterator[Finding]:
        """Every answer has the headers that a browser asks for, and no others."""
        wanted = {} if self.cors is None else {"Access-Control-Allow-Origin": self.cors}
        for status in (200, 400, 500):
            answer = self._answer(status, {"executionArn": "a:b", "status": "SUCCEEDED", "output": "{}"})
            if isinstance(answer, Answer) and answer.headers != wanted:
                text = f"an answer to a status of {status} has the headers {dict(answer.headers)}, not {wanted}"
                yield self._finding(f"headers {status}", text, "give each response these headers")

    def _answer(self, status: int, body: Any) -> Answer | str:
        """The answer, or why there is none."""
        try:
            return self._gateway.answered(status, body)
        except KeyflowError as failure:
            return failure.diagnostics[0].message

    def _finding(self, mark: str, message: str, fix: str) -> Finding:
        return Finding(property=Property.P4, state=self.label, mark=mark, message=message, fix=fix)


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a tree of a route comes to for a request, said without templates."""

    request: Request
    context: Mapping[str, Any]
    values: Mapping[str, str]

    def value(self, tree: Any) -> Any:
        match tree:
            case RequestValue(part=Part.BODY):
                return self._of_body(tree)
            case RequestValue():
                return self._text(tree)
            case JsonText(tree=inner):
                return json.dumps(self.value(inner), ensure_ascii=False)
            case Intrinsic(name="States.Format", arguments=(template, *arguments)):
                texts = iter([self._in_text(each) for each in arguments])
                return "".join(part + next(texts, "") for part in str(template).split("{}"))
            case Mapping():
                return {str(name): self.value(each) for name, each in tree.items()}
            case list() | tuple():
                return [self.value(each) for each in tree]
            case _ if hasattr(tree, "deployed_text"):
                return _filled(tree.deployed_text(), self.values)
            case _:
                return tree

    def _of_body(self, value: RequestValue) -> Any:
        """A member of the body; one that is not there is the empty text."""
        found = json.loads(self.request.body) if self.request.body.strip() else {}
        for key in value.keys:
            if not isinstance(found, dict) or found.get(key) is None:
                return ""
            found = found[key]
        return found

    def _text(self, value: RequestValue) -> str:
        key = value.keys[0]
        match value.part:
            case Part.PATH:
                return unquote(self.request.path[key])
            case Part.QUERY:
                return self.request.query.get(key, "")
            case Part.HEADER:
                return self.request.headers.get(key, "")
            case _:
                found: Any = self.context
                for each in value.keys:
                    found = found.get(each, {}) if isinstance(found, Mapping) else {}
                return "" if found == {} else str(found)

    def _in_text(self, value: Any) -> str:
        found = self.value(value)
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _filled(text: str | None, values: Mapping[str, str]) -> str | None:
    return None if text is None else filled(text, values)


def _put(tree: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    """Puts a value where it is read, unless something that is read lies around it."""
    for key in keys[:-1]:
        inside = tree.setdefault(key, {})
        if not isinstance(inside, dict):
            return
        tree = inside
    if keys:
        tree.setdefault(keys[-1], value)


def _message(answer: Answer) -> str | None:
    """The message of a refusal: an object with nothing else in it."""
    found = body_of(answer)
    if not isinstance(found, dict) or set(found) != {"message"}:
        return None
    text = found["message"]
    return text if isinstance(text, str) else None
