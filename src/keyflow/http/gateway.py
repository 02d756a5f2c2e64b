"""What API Gateway does with an integration: a request becomes what the backend is sent, its answer the caller's.

Templates are evaluated by `airspeed`, in a sandbox. Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from keyflow import json_values
from keyflow.asl import JSON
from keyflow.asl.quotas import INTEGRATION_SECONDS
from keyflow.dataclass import dataclass
from keyflow.diagnostics import CheckError, Diagnostic, KeyflowError


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller sends: the body as text, and the parameters of path, query and headers."""

    body: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets; `headers` are those that the document gives it, beside those of HTTP itself."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> JSON:
        """The body's JSON; raises `ValueError` where it is none."""
        return json.loads(self.body)


class BadBody(CheckError):
    """A body that is no JSON, or has a number that none can hold: API Gateway answers 400, and asks no backend."""

    def __init__(self, problem: str) -> None:
        super().__init__(Diagnostic("KF104", f"the body is no JSON: {problem}"))


class Gateway:
    """One `x-amazon-apigateway-integration` at work, its placeholders replaced or left as text.

    Raises:
        BadBody: A template reads the body of a request, which is no JSON.
        CheckError: KF104, a template is no Velocity, or cannot be evaluated.
    """

    def __init__(self, integration: Mapping[str, Any]) -> None:
        self.integration = integration

    def sent(self, request: Request, context: Mapping[str, Any] | None = None) -> str:
        """What the backend is sent for a request."""
        text, _overrides = self._request_template.evaluate(_Input(request.body, request), context or {})
        return text

    def answered(self, status: int, body: JSON, context: Mapping[str, Any] | None = None) -> Answer:
        """What the caller gets for what the backend answers."""
        selected = self._response(status)
        template = self.response_template(status)
        text = json.dumps(body, ensure_ascii=False)
        headers = _fixed_headers(selected.get("responseParameters", {}), "method.response.header.")
        if template is None:
            return Answer(int(selected["statusCode"]), text, headers)
        answer, overrides = _Template(template).evaluate(_Input(text), context or {})
        headers |= {name: str(value) for name, value in overrides["header"].items()}
        return Answer(int(overrides.get("status") or selected["statusCode"]), answer, headers)

    def read_templates(self) -> None:
        """Reads the templates now, and not at the first request.

        Raises:
            CheckError: KF104, one is no Velocity.
        """
        given = [self.integration.get("requestTemplates", {})]
        given += [response.get("responseTemplates", {}) for response in self.integration.get("responses", {}).values()]
        for text in (text for templates in given for text in templates.values()):
            _Template(text).read(_Input(""))

    @property
    def sent_headers(self) -> Mapping[str, str]:
        """The headers with fixed values that the backend is sent."""
        return _fixed_headers(self.integration.get("requestParameters", {}), "integration.request.header.")

    def takes(self, content_type: str) -> bool:
        """Whether a body of a type is taken; API Gateway answers 415 where no template is for it and none may pass.

        Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
        """
        templates = self.integration.get("requestTemplates", {})
        match self.integration.get("passthroughBehavior", "when_no_match"):
            case "never":
                return content_type in templates
            case "when_no_templates":
                return content_type in templates or not templates
            case _:
                return True

    @property
    def milliseconds(self) -> int:
        """How long it waits for the backend."""
        given = self.integration.get("timeoutInMillis")
        return given if isinstance(given, int) else INTEGRATION_SECONDS * 1000

    def response_template(self, status: int) -> str | None:
        """The template that makes the caller's answer of what the backend answers, where there is one."""
        template: str | None = self._response(status).get("responseTemplates", {}).get("application/json")
        return template

    @cached_property
    def _request_template(self) -> _Template:
        templates = self.integration.get("requestTemplates", {})
        return _Template(templates.get("application/json", "$input.json('$')"))

    def _response(self, status: int) -> Mapping[str, Any]:
        """The response whose key, a regular expression, is that of the backend's status."""
        responses: Mapping[Any, Any] = self.integration.get("responses", {})
        for key, response in responses.items():
            if str(key) != "default" and _status_matches(str(key), status):
                found: Mapping[str, Any] = response
                return found
        default: Mapping[str, Any] = responses.get("default", {"statusCode": status})
        return default


class _Template:
    """One mapping template, compiled when it is first needed."""

    _compiled: dict[str, Any] = {}

    def __init__(self, text: str) -> None:
        self._text = text

    def evaluate(self, given: _Input, context: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The template's text, and what it overrides in the answer."""
        overrides: dict[str, Any] = {"header": {}}
        names = {
            "input": given,
            "util": _Util(),
            "context": {**context, "responseOverride": overrides, "requestOverride": {"header": {}}},
        }
        text: str = self._doing(lambda: self._template.merge(names), given)
        return text, overrides

    def read(self, given: _Input) -> None:
        """Reads the template, unless that was done before."""
        self._doing(lambda: self._template, given)

    @property
    def _template(self) -> Any:
        from keyflow.http.sandbox import Template  # which brings the engine

        if self._text not in self._compiled:
            self._compiled[self._text] = Template(self._text)
        return self._compiled[self._text]

    def _doing(self, action: Callable[[], Any], given: _Input) -> Any:
        """What an action of the library comes to, whose errors are of many types."""
        try:
            return action()
        except Exception as error:
            if given.bad_body is not None:
                raise given.bad_body from error
            if isinstance(error, KeyflowError):
                raise
            raise CheckError(Diagnostic("KF104", f"a mapping template fails: {error}")) from error


class _Input:
    """`$input`: the body, and the request's parameters."""

    velocity_methods = ("path", "json", "params", "body")

    def __init__(self, body: str, request: Request | None = None) -> None:
        self.body = body
        self.bad_body: BadBody | None = None  # the template engine has its own error around what its methods raise
        self._request = request or Request()

    def path(self, path: str) -> Any:
        """The value at a JSONPath; empty text where there is nothing."""
        value = self._at(path)
        return "" if value is None else value

    def json(self, path: str) -> str:
        """The JSON text of the value at a JSONPath."""
        value = self._at(path)
        return json.dumps("" if value is None else value, ensure_ascii=False)

    def params(self, name: str | None = None) -> Any:
        """All parameters, or the one of this name: of the path, the query, or the headers."""
        kinds = {"path": self._request.path, "querystring": self._request.query, "header": self._request.headers}
        if name is None:
            return {kind: values if isinstance(values, dict) else dict(values) for kind, values in kinds.items()}
        return next((values[name] for values in kinds.values() if name in values), "")

    def _at(self, path: str) -> Any:
        """What lies at a path: a list of all where it can lead to several; None where nothing lies there."""
        if path == "$":
            return self._document
        from keyflow.engine.filters import environment

        query = environment().compile(path)
        found = query.findall(self._document)
        if not query.singular_query():
            return found
        return found[0] if found else None

    @cached_property
    def _document(self) -> Any:
        try:
            return json_values.parse(self.body) if self.body.strip() else {}
        except ValueError as error:
            self.bad_body = BadBody(str(error))
            raise self.bad_body from error


class _Util:
    """`$util`."""

    velocity_methods = ("escapeJavaScript", "parseJson", "urlEncode", "urlDecode", "base64Encode", "base64Decode")

    def escapeJavaScript(self, text: Any) -> str:  # noqa: N802  AWS's name
        """Text as JavaScript escapes it: the apostrophe, too."""
        text = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
        return json.dumps(text, ensure_ascii=False)[1:-1].replace("'", "\\'")

    def parseJson(self, text: Any) -> Any:  # noqa: N802  AWS's name
        """The value of JSON text; null where there is none."""
        return json.loads(text) if text else None

    def urlEncode(self, text: str) -> str:  # noqa: N802  AWS's name
        """Text as a form has it: a space is a plus."""
        return quote_plus(text)

    def urlDecode(self, text: str) -> str:  # noqa: N802  AWS's name
        """Text out of a form: a plus is a space."""
        return unquote_plus(text)

    def base64Encode(self, text: str) -> str:  # noqa: N802  AWS's name
        """Text as Base64."""
        return base64.b64encode(text.encode()).decode()

    def base64Decode(self, text: str) -> str:  # noqa: N802  AWS's name
        """Text out of Base64."""
        return base64.b64decode(text).decode()


def _fixed_headers(parameters: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The headers of a mapping that have a value of their own, which stands between apostrophes."""
    return {
        name.removeprefix(prefix): value[1:-1]
        for name, value in parameters.items()
        if name.startswith(prefix) and len(value) > 1 and value[0] == value[-1] == "'"
    }


def _status_matches(pattern: str, status: int) -> bool:
    """Whether the pattern of a response, a regular expression, is that of a status; one that is none, is of none."""
    try:
        return re.fullmatch(pattern, str(status)) is not None if len(pattern) <= 100 else False
    except (re.error, RecursionError):
        return False
