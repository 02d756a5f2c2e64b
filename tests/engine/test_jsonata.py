"""JSONata as Step Functions evaluates it: what was measured there, by others, with its own API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow import asl
from keyflow.engine import Execution, StatesError, Stubs, jsonata, jsonata_values, run
from keyflow.engine.intrinsics import Randomness


def evaluated(expression: str, data: Any = None, **assigned: Any) -> Execution:
    states = {
        "A": {"Type": "Pass", "Assign": assigned, "Next": "B"},
        "B": {"Type": "Pass", "Output": {"v": f"{{% {expression} %}}"}, "End": True},
    }
    return run(asl.parse({"QueryLanguage": "JSONata", "StartAt": "A", "States": states}), data, Stubs())


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 /* behind */", 1),
        ("/* in front */ 1", 1),
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([1,2,3])", [[1, 2, 3]]),
        ("$partition([1,2,3,4,5], 2.9)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 10, 2)", [0, 2, 4, 6, 8, 10]),
        ("$range(10, 0, -2)", [10, 8, 6, 4, 2, 0]),
        ("$range(1.7, 5, 1)", [1, 2, 3, 4, 5]),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ("$range(5, 1, -1.5)", [5, 4, 3, 2, 1]),
        ("$range(3, 3, 1)", 3),
        ("$count($range(-9223372036854775808, 9223372036854775807, 9223372036854775807))", 3),
        ("$hash('Hello', 'MD5')", "8b1a9953c4611296a827abf8c47804d7"),
        ("$hash('Hello', 'SHA-1')", "f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0"),
        ("$random(42)", 0.7275636800328681),
        ("$random(0)", 0.730967787376657),
        ("$random(0.9) = $random(0)", True),
        ("$random() = $random()", False),
        ("$uuid() = $uuid()", False),
        ("$parse('{\"a\": [1, 1.5, 2.0, 1e2, null]}')", {"a": [1, 1.5, 2, 100, None]}),
        ("$parse('9223372036854775807')", 9223372036854775807),
        ("$exists($parse('null'))", True),
        ("$map(['{\"a\":1}', '{\"a\":2}'], $parse).a", [1, 2]),
        ("null", None),
        ("1" + "+1" * 99, 100),
        ("($f := function($x){ $x <= 0 ? 0 : 1 + $f($x-1) }; $f(31))", 31),
    ],
)
def test_what_an_expression_comes_to(expression: str, value: Any) -> None:
    found = evaluated(expression)
    assert (found.error, found.cause) == (None, None)
    assert found.output["v"] == value
    assert isinstance(found.output["v"], type(value))


@pytest.mark.parametrize(
    "expression",
    [
        "$parse()",
        "$partition([], 2)",
        "$partition([1,2,3], 0)",
        "$partition([1,2,3,4], -0.5)",
        "$range(5, 1, 1)",
        "$range(1, 5, 0)",
        "$range(1, 5)",
        "$hash('Hello')",
        "$states.input.missing",
        "$string()",
    ],
)
def test_what_comes_to_nothing_fails_its_state(expression: str) -> None:
    found = evaluated(expression, {})
    assert found.error == "States.QueryEvaluationError"
    assert "returned nothing" in (found.cause or "")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("$parse(null)", "T0410"),
        ("$parse('no JSON')", "D3137"),
        ('$parse(\'{"a":1,"a":2}\')', "D3137"),
        ("$parse('{}{}')", "D3137"),
        ("$parse('1e400')", "D3137"),
        ("$parse('NaN')", "D3137"),
        ("$parse('{}', 'x')", "T0410"),
        ("$partition(null, 2)", "T0412"),
        ("$partition([1,2,3], -1)", "D3137"),
        ("$partition([1,2,3], 2, 'x')", "T0410"),
        ("$range(1)", "T0410"),
        ("$range(1, 400000, 1)", "memory"),
        ("$hash(42, 'MD5')", "T0410"),
        ("$hash('Hello', 'md5')", "D3137"),
        ("$hash('Hello', 5)", "T0410"),
        ("$uuid('seed')", "T0410"),
        ("$random(1, 2)", "T0410"),
        ("$random('1')", "T0410"),
        ("$eval('1+1')", "T1006"),
        ("1" + "+1" * 100, "overflow"),
        ("($f := function($x){ $x <= 0 ? 0 : 1 + $f($x-1) }; $f(32))", "overflow"),
    ],
)
def test_what_cannot_be_evaluated_fails_its_state(expression: str, reason: str) -> None:
    found = evaluated(expression)
    assert found.error == "States.QueryEvaluationError"
    assert reason in (found.cause or "")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$exists($none)", True),
        ("$none", None),
        ("$exists($states.input.none)", True),
        ("$type($states.input.none)", "null"),
        ("$exists($states.input.missing)", False),
    ],
)
def test_null_is_a_value(expression: str, value: Any) -> None:
    assert evaluated(expression, {"none": None}, none=None).output == {"v": value}


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("$states.input.l[a = 1][]", "$states.input.v", [{"a": 1}]),
        ("$states.input.l[a = 1][]", "[$states.input.v]", [{"a": 1}]),
        ("{'x': $states.input.l[a = 1][]}", "$states.input.v.x", [{"a": 1}]),
        ("$states.input.l[a = 1].a[]", "$states.input.v ~> $append(2)", [1, 2]),
        ("[1..1]", "$states.input.v", [1]),
        ("{'r': [1..3]}", "$states.input.v", {"r": [1, 2, 3]}),
        ("[[1]]", "$states.input.v[0]", [1]),
        ("{'n': null}", "$states.input.v", {"n": None}),
    ],
)
def test_a_state_hands_on_plain_json(first: str, second: str, value: Any) -> None:
    """Between states, nothing is left of how an array came to be."""
    states = {
        "A": {"Type": "Pass", "Output": {"v": f"{{% {first} %}}"}, "Assign": {"v": f"{{% {first} %}}"}, "Next": "B"},
        "B": {
            "Type": "Pass",
            "Output": {"data": f"{{% {second} %}}", "variable": f"{{% {second.replace('states.input.', '')} %}}"},
            "End": True,
        },
    }
    machine = asl.parse({"QueryLanguage": "JSONata", "StartAt": "A", "States": states})
    output = run(machine, {"l": [{"a": 1}, {"a": 2}]}, Stubs()).output
    assert json.loads(json.dumps(output)) == {"data": value, "variable": value}


def test_chance_is_the_executions_own() -> None:
    """So that an execution can be repeated."""
    assert evaluated("$uuid()").output == evaluated("$uuid()").output


NAMES = st.sampled_from(["a", "b", "items", "Key_1"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.sampled_from(["", "x", "{% 1 %}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


class Seen:
    """What an expression sees."""

    def __init__(self, tree: Any) -> None:
        self.data = tree
        self.context = {"Execution": tree}
        self.variables: dict[str, Any] = {}
        self.randomness = Randomness(0)


def value_of(evaluate: Callable[[], Any]) -> Any:
    try:
        return evaluate()
    except (StatesError, jsonata.NoValue):
        return "no value"


@given(TREES, st.sampled_from(["input", "context.Execution", "result", "errorOutput"]), st.lists(NAMES, max_size=3))
@settings(max_examples=300, deadline=None)
def test_a_plain_path_is_walked_as_it_is_evaluated(tree: Any, source: str, names: list[str]) -> None:
    text = ".".join(["$states", source, *names])
    seen, states = Seen(tree), {"result": tree}
    ours = value_of(lambda: jsonata.evaluating(f"{{% {text} %}}", "Output")(seen, states))
    theirs = value_of(lambda: jsonata_values.evaluated(text, seen, states))
    assert ours == theirs


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7.5 % 2", 1.5),
        ("-7 % 3", -1),
        ("'id-' & 1234567890123456", "id-1234567890123460"),
        ("'' & (0.1 + 0.2)", "0.3"),
        ("$string(1e21)", "1e+21"),
        ("$sort([{'k': 1, 'n': 1}, {'k': 0, 'n': 2}, {'k': 1, 'n': 3}], function($l, $r){$l.k > $r.k}).n", [2, 1, 3]),
        ("$sort([{'n': 1}, {'n': 2}], function($l, $r){$l.k > $r.k}).n", [1, 2]),
        ("$replace('abc', /b/, '[$0]')", "a[b]c"),
        ("$replace('ab12', /([a-z])([0-9])/, function($m){$m.groups[0] & '-'})", "ab-2"),
        ("$base64decode('YWJ')", "ab"),
        ("$count($map([1..98], function($n){{'a': $n, 'b': $n}}))", 98),
        ("($f := function($n){{'a': $n, 'b': $n}}; $count($map([1..98], $f)))", 98),
        ("$toMillis('2024-01-01')", 1704067200000),
        ("$keys({'b': 1, '2': 1, '1': 1})", ["1", "2", "b"]),
        ("1/0", "Infinity"),
        ("9007199254740993 + 0", 9007199254740992),
    ],
)
def test_values_are_those_of_2_0_6(expression: str, value: Any) -> None:
    found = evaluated(expression)
    assert (found.error, found.cause) == (None, None)
    assert found.output == {"v": value}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("$decodeUrlComponent('%zz')", "D3140"),
        ("$toMillis('2024-01-01 00:00:00')", "D3110"),
        ("$sort([true, false])", "D3070"),
        ("$states.input.a ?? 1", "S0211"),
        ("$states.input.a ?: 1", "S0211"),
        ("(1/0) + 1", "D1001"),
        ("$count([1..900000])", "memory limit"),
        ("($f := function($n){$f($n + 1)}; $f(1))", "too many steps"),
        ("($f := function($s){$f($s & $s)}; $f('abc'))", "too many steps"),
        ("($f := function($l){$f($append($l, $l))}; $f([1, 2]))", "too many steps"),
        ("$pad('a', 1000000000)", "memory limit"),
        ("$reduce([1..900], function($o, $i){{'o': $o}}, {})", None),
        ("{'a': function($x){$x}}", "function"),
        ("{'a': 1} ~> |$|{'a': $}|", None),
        ("$contains('x', /(?=x)/)", "regular expression"),
    ],
)
def test_what_step_functions_refuses_fails_its_state(
    monkeypatch: pytest.MonkeyPatch, expression: str, reason: str | None
) -> None:
    monkeypatch.setattr("keyflow.jsonata_language.expression.MOST_STEPS", 100_000)  # a twentieth: what is without end
    found = evaluated(expression, {"a": 1})
    assert found.status == "FAILED"
    assert found.error in ("States.QueryEvaluationError", "States.DataLimitExceeded")
    assert reason is None or reason in (found.cause or "")


def test_now_is_when_the_state_was_entered() -> None:
    states = {
        "A": {"Type": "Wait", "Seconds": 86_400, "Next": "B"},
        "B": {"Type": "Pass", "Output": "{% [$millis(), $toMillis($states.context.State.EnteredTime)] %}", "End": True},
    }
    found = run(asl.parse({"QueryLanguage": "JSONata", "StartAt": "A", "States": states}), {}, Stubs())
    assert found.output[0] == found.output[1]


def test_what_is_shuffled_is_chance_of_the_execution() -> None:
    first, second = (evaluated("$shuffle([1..50])").output["v"] for _ in range(2))
    assert first == second != sorted(first)
    assert sorted(first) == list(range(1, 51))
