"""Templates of others: no name leads to Python, and every template ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow.check import check_text
from keyflow.diagnostics import CheckError
from keyflow.http.gateway import Gateway, Request


def sent(template: str, body: str = "{}") -> str:
    return Gateway({"requestTemplates": {"application/json": template}}).sent(Request(body))


@pytest.mark.parametrize(
    "template",
    [
        "$input.__class__",
        "${input.__class__.__mro__}",
        "$input.params.__globals__",
        "$util.escapeJavaScript.__globals__",
        "$util.__init__.__globals__.__builtins__",
        "$input._request",
        "$input.body.format",
        '$input.body.format("{0.__class__}")',
        "#set($s = '{0.params.__globals__}')$s.format($input)",
        "#set($s = 'x')$s.__class__",
        "#set($l = [1])$l.__class__",
        "#set($m = {'a': 1})$m.__class__",
        "#foreach($i in [1..2])$foreach.__class__$i.__class__#end",
        "#evaluate('$input.__class__')",
        "#define($d)$input.__class__#end$d",
        "$input.params().__class__",
        "#set($x = $input.params)$x.__globals__",
    ],
)
def test_no_name_leads_to_python(template: str) -> None:
    answer = sent(template)
    assert not any(word in answer for word in ("class", "keyflow", "module", "builtin", "object", "globals"))


def test_a_document_that_is_checked_runs_no_code(tmp_path: Path) -> None:
    """This one did: the template reached `exec` through a function's globals."""
    target = tmp_path / "run"
    code = f"open('{target}', 'w').close()"
    template = f'$util.escapeJavaScript.__globals__.__builtins__.exec("{code}")'
    check_text("x.json", json.dumps(_api(template)))
    assert not target.exists()
    with pytest.raises(CheckError):
        sent(f'#set($e = $util.escapeJavaScript.__globals__.__builtins__)$e.exec("{code}").x()[0]#if(')
    assert not target.exists()


@pytest.mark.parametrize(
    "template",
    [
        "#foreach($i in [1..100000000])#end",
        "#foreach($i in [1..3000])#foreach($j in [1..3000])a#end#end",
        "#set($a = 'x')" + '#set($a = "$a$a")' * 40 + "$a",
        "#set($a = 'x')#foreach($i in [1..40])#set($a = $a + $a)#end$a",
        "#set($a = 9999999)#foreach($i in [1..1000])#set($a = $a * $a)#end$a",
        "#set($l = [1])#foreach($i in [1..60])#set($l = [$l, $l])#end$l",
        "#set($l = [1])#set($x = $l.add($l))$l",
        "#set($m = {'a': 1})#foreach($i in [1..60])#set($m = {'a': $m, 'b': $m})#end$util.escapeJavaScript($m)",
        "#set($a = 'x' * 1000000000)$a",
        "#set($a = '%1000000000d' % 1)$a",
        "#macro(m)#m()#m()#end#m()",
        "#if(" * 3000,
        "x" * 40_000,
    ],
    ids=lambda template: template[:40],
)
def test_a_template_without_end_ends_with_a_diagnostic(template: str) -> None:
    with pytest.raises(CheckError, match="KF104"):
        sent(template)


def test_regular_expressions_of_a_template_end() -> None:
    body = json.dumps({"a": "a" * 5_000 + "!"})
    assert sent("$input.path('$.a').matches('(a+)+')", body) == "false"
    assert len(sent("$input.path('$.a').replaceAll('(a|aa)+$', 'b')", body)) == 5_001


def test_what_templates_of_others_use_still_works() -> None:
    body = json.dumps({"name": "it's", "tags": ["a", "b"], "map": {"k": "v"}})
    assert sent("$input.path('$.name').replaceAll(\"'\", '')", body) == "its"
    assert sent("#foreach($t in $input.path('$.tags'))$t#if($foreach.hasNext),#end#end", body) == "a,b"
    assert sent("#set($m = $input.path('$.map'))#foreach($k in $m.keySet())$k=$m.get($k)#end", body) == "k=v"
    assert sent("$input.path('$.tags').size() $input.path('$.tags')[1] $input.path('$.name').length()", body) == "2 b 4"
    assert sent("#set($t = $input.path('$.name').split(\"'\"))$t[0]", body) == "it"


@given(st.lists(st.sampled_from(["$", "#", "input", "util", ".", "(", ")", "[", "]", "'", '"', "set", "if", "foreach", "end",
                                 "__class__", "$a", "=", "1", "..", " in ", "{", "}", "evaluate", "macro", ",", "+", "*", "\\"]), max_size=25))  # fmt: skip
@settings(deadline=None, max_examples=200)
def test_no_template_crashes_the_check(parts: list[str]) -> None:
    check_text("x.json", json.dumps(_api("".join(parts))))


def _api(template: str) -> Any:
    integration = {
        "type": "aws",
        "uri": "arn:aws:apigateway:us-east-1:states:action/StartSyncExecution",
        "requestTemplates": {"application/json": template},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": template}}},
    }
    operation = {"responses": {}, "x-amazon-apigateway-integration": integration}
    return {"openapi": "3.0.1", "paths": {"/x": {"post": operation}}}
