"""API Gateway's part, evaluated here: requests, answers, and templates that cannot be evaluated."""

from __future__ import annotations

from typing import Any

import pytest

from keyflow.diagnostics import CheckError
from keyflow.http.gateway import Answer, Gateway, Request

REQUEST = Request('{"a": {"b": [1, 2]}, "text": "it\'s \\"ü\\""}', {"id": "7"}, {"q": "x y"}, {"X-Key": "k"})


def sent(template: str, request: Request = REQUEST, **context: Any) -> str:
    return Gateway({"requestTemplates": {"application/json": template}}).sent(request, context)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.json('$.a')", '{"b": [1, 2]}'),
        ("$input.path('$.a.b')[1]", "2"),
        ("$input.body.length()", None),
        ("$input.params('id') $input.params('q') $input.params('X-Key')", "7 x y k"),
        ("$input.params().path.get('id')", "7"),
        ("$!input.params().querystring.get('none')", ""),
        ("$input.json('$.none')", '""'),
        ("$util.escapeJavaScript($input.path('$.text'))", 'it\\\'s \\"ü\\"'),
        ("$util.urlEncode('a b') $util.urlDecode('a%20b+c')", "a+b a b c"),
        ("$util.base64Encode('x') $util.base64Decode('eA==')", "eA== x"),
        ("$util.parseJson('[1, 2]').size()", "2"),
        ("$context.requestId", "r"),
    ],
)
def test_what_a_request_template_sees(template: str, text: str | None) -> None:
    found = sent(template, requestId="r")
    if text is not None:
        assert found.strip() == text


def test_without_a_template_the_body_goes_through() -> None:
    assert Gateway({}).sent(Request('{"x": 1}')) == '{"x": 1}'


def integration(**responses: Any) -> Gateway:
    return Gateway({"responses": responses})


def test_the_response_is_chosen_by_the_backends_status() -> None:
    gateway = integration(**{r"4\d{2}": {"statusCode": "409"}, "default": {"statusCode": "500"}})
    assert gateway.answered(404, {"x": 1}) == Answer(409, '{"x": 1}')
    assert gateway.answered(503, {}) == Answer(500, "{}")
    assert integration().answered(200, {}) == Answer(200, "{}")


def test_a_template_overrides_the_status() -> None:
    template = "#set($context.responseOverride.status = 418){\"m\": $input.json('$.m')}"
    gateway = integration(**{"200": {"statusCode": "200", "responseTemplates": {"application/json": template}}})
    answer = gateway.answered(200, {"m": "x"})
    assert (answer.status, answer.json()) == (418, {"m": "x"})


def test_a_header_with_a_hyphen_can_be_overridden() -> None:
    text = sent("#set($context.responseOverride.header.Access-Control-Allow-Origin = '*')ok")
    assert text.strip() == "ok"


@pytest.mark.parametrize("template", ["#set($x = )", "$util.parseJson('{')"])
def test_a_template_that_fails(template: str) -> None:
    with pytest.raises(CheckError, match="KF104"):
        sent(template)
