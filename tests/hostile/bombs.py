"""Files that are small to write and endless to read: each with the commands that must come to an end over it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ALL = ("check", "graph", "import", "run", "verify")


@dataclass(frozen=True)
class Bomb:
    """A file, by its name and its text, and the commands that read it."""

    name: str
    file: str
    make: Callable[[], bytes]
    commands: tuple[str, ...] = ALL


def _definition(*states: tuple[str, dict[str, Any]], **fields: Any) -> bytes:
    return json.dumps({**fields, "StartAt": states[0][0], "States": dict(states)}).encode()


def _chain(count: int) -> bytes:
    states = [(f"S{index}", {"Type": "Pass", "Next": f"S{index + 1}"}) for index in range(count - 1)]
    return _definition(*states, (f"S{count - 1}", {"Type": "Succeed"}))


def _backward_chain(count: int) -> bytes:
    """The last state is written first, and each assigns a variable of its own."""
    states = [
        (f"S{index}", {"Type": "Pass", "Assign": {f"v{index}": 1}, "Next": f"S{index + 1}"}) for index in range(count)
    ]
    document = {"StartAt": "S0", "States": dict([(f"S{count}", {"Type": "Succeed"}), *reversed(states)])}
    return json.dumps(document).encode()


def _parallel(depth: int) -> bytes:
    document: dict[str, Any] = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    for index in range(depth):
        name = f"P{index}"
        document = {"StartAt": name, "States": {name: {"Type": "Parallel", "Branches": [document], "End": True}}}
    return json.dumps(document).encode()


def _distributed(items: int) -> bytes:
    """Each item is an execution of its own."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "End": True}},
    }
    each = {"Type": "Map", "Items": f"{{% [1..{items}] %}}", "ItemProcessor": processor, "End": True}
    return _definition(("A", each), QueryLanguage="JSONata")


def _result(depth: int) -> bytes:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": %s, "End": true}}}'
    return (text % ("[" * depth + "]" * depth)).encode()


def _condition(depth: int) -> bytes:
    condition: dict[str, Any] = {"Variable": "$.x", "IsPresent": True}
    for _ in range(depth):
        condition = {"Not": condition}
    rule = {**condition, "Next": "B"}
    return _definition(("A", {"Type": "Choice", "Choices": [rule], "Default": "B"}), ("B", {"Type": "Succeed"}))


def _intrinsics(depth: int) -> bytes:
    call = "States.Array(" * depth + "1" + ")" * depth
    return _definition(("A", {"Type": "Pass", "Parameters": {"x.$": call}, "End": True}))


def _choices(count: int) -> bytes:
    rules = [{"Variable": "$.x", "NumericEquals": index, "Next": "B"} for index in range(count)]
    return _definition(("A", {"Type": "Choice", "Choices": rules, "Default": "B"}), ("B", {"Type": "Succeed"}))


def _matches() -> bytes:
    rules = [{"Variable": "$.x", "StringMatches": "*a" * 30 + "!", "Next": "B"}]
    start = {"Type": "Pass", "Result": {"x": "a" * 60}, "Next": "C"}
    return _definition(
        ("A", start), ("C", {"Type": "Choice", "Choices": rules, "Default": "B"}), ("B", {"Type": "Succeed"})
    )


def _jsonata_regex() -> bytes:
    output = "{% $match('" + "a" * 40 + "!', /^(a+)+$/) %}"
    return _definition(("A", {"Type": "Pass", "Output": output, "End": True}), QueryLanguage="JSONata")


def _filter_regex(test: str) -> bytes:
    start = {"Type": "Pass", "Result": {"x": [{"y": "a" * 40 + "!"}]}, "Next": "B"}
    return _definition(("A", start), ("B", {"Type": "Pass", "InputPath": f"$.x[?({test})]", "End": True}))


def _billion_laughs() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    return "\n".join(lines).encode()


def _billion_merges() -> bytes:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}], k{i}: 1}}" for i in range(1, 10)]
    return "\n".join(lines).encode()


def _surrogate() -> bytes:
    return (
        rb'{"StartAt": "A", "States": {"A": {"Type": "Pass", "Comment": "\ud800", "Result": "\udc00x", "End": true}}}'
    )


def _large() -> bytes:
    states = ",".join(f'"S{index}": {{"Type": "Pass", "Next": "S{index + 1}"}}' for index in range(1_250_000))
    return f'{{"StartAt": "S0", "States": {{{states}}}}}'.encode()


def _doubling() -> bytes:
    """A loop whose data doubles with each round."""
    return _definition(("A", {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "Next": "A"}))


def _growing() -> bytes:
    """A few states whose data doubles in each, and is written out as text in the last."""
    states = [
        (f"S{index}", {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "Next": f"S{index + 1}"})
        for index in range(40)
    ]
    last = {"Type": "Pass", "Parameters": {"x.$": "States.JsonToString($)"}, "End": True}
    return _definition(*states, ("S40", last))


def _wrapping() -> bytes:
    """A loop whose data gets one level deeper with each round."""
    return _definition(("A", {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "A"}))


def _jsonata_doubling() -> bytes:
    state = {"Type": "Pass", "Output": "{% [$states.input, $states.input] %}"}
    states = [(f"S{index}", {**state, "Next": f"S{index + 1}"}) for index in range(40)]
    return _definition(*states, ("S40", {"Type": "Succeed"}), QueryLanguage="JSONata")


def _maps(depth: int) -> bytes:
    """Maps within one another, over a thousand items each."""
    items = {"Type": "Pass", "Parameters": {"x.$": "States.ArrayRange(1, 1000, 1)"}, "Next": "M"}
    inner: dict[str, Any] = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    for index in range(depth):
        again = {**items, "Next": f"M{index}"}
        each = {"Type": "Map", "ItemsPath": "$.x", "ItemProcessor": inner, "End": True}
        inner = {"StartAt": f"A{index}", "States": {f"A{index}": again, f"M{index}": each}}
    return _definition(("A", items), ("M", {"Type": "Map", "ItemsPath": "$.x", "ItemProcessor": inner, "End": True}))


def _index() -> bytes:
    rule = {"Variable": "$.x[999999999].y", "IsPresent": True, "Next": "B"}
    long = {"Type": "Pass", "InputPath": f"$.x[{'9' * 5000}]", "Next": "C"}
    return _definition(
        ("A", long), ("C", {"Type": "Choice", "Choices": [rule], "Default": "B"}), ("B", {"Type": "Succeed"})
    )


def _jsonata_nested(depth: int) -> bytes:
    output = "{% " + "(" * depth + "1" + ")" * depth + " %}"
    return _definition(("A", {"Type": "Pass", "Output": output, "End": True}), QueryLanguage="JSONata")


def _dangling(count: int) -> bytes:
    """Every transition is wrong, and every name is near to every other."""
    states = [(f"State{index}", {"Type": "Pass", "Next": f"Stage{index}"}) for index in range(count)]
    return _definition(*states)


def _minified(count: int) -> bytes:
    states = [(f"S{index}", {"Type": "Pass", "X": 1, "End": True}) for index in range(count)]
    return _definition(*states)


def _json5(count: int) -> bytes:
    """Not JSON, for its comment: read by the reader that knows where things stand."""
    return b"// JSON5\n[" + b"[]," * count + b"]"


def _variables(count: int) -> bytes:
    assigned = {f"v{index}": 1 for index in range(count)}
    states = [(f"S{index}", {"Type": "Pass", "Assign": assigned, "Next": f"S{index + 1}"}) for index in range(count)]
    return _definition(*states, (f"S{count}", {"Type": "Succeed"}))


def repeated(sign: str, count: int) -> bytes:
    """A text of one sign again and again, wherever a definition can have one."""
    text = sign * count
    return _definition(
        (
            "A",
            {
                "Type": "Task",
                "Resource": text,
                "Comment": text,
                "Parameters": {"x.$": text, "y.$": f"States.{text}", "z": text, "w.$": f"$.{text}"},
                "InputPath": f"$[{text}",
                "ResultPath": f"$.{text}",
                "Catch": [{"ErrorEquals": [text], "Next": text}],
                "Next": "B",
            },
        ),
        ("B", {"Type": "Pass", "QueryLanguage": "JSONata", "Output": f"{{% {text} %}}", "End": True}),
    )


SIGNS = ("${", "#{", "{{", "<", "%a", "__", "'", '"', "$", "$[", "[", "(", "$.a[?(", "\\", "*", " ", "\n", ":", "/*",
         "//", "A", "a.", "States.Array(", "States.Format('", "{%", "{", "arn:", "$states.", "/a", "|", "..", "~")  # fmt: skip

BOMBS = (
    Bomb("YAML aliases of aliases", "x.asl.yaml", _billion_laughs, ("check", "import")),
    Bomb("YAML merges of merges", "x.asl.yaml", _billion_merges, ("check", "import")),
    Bomb("nested YAML", "x.asl.yaml", lambda: b"a: " + b"[" * 50_000, ("check", "import")),
    Bomb("a YAML number in base 60", "x.asl.yaml", lambda: b"a: 1" + b":1" * 200_000, ("check", "import")),
    Bomb("a chain of 10,000 states", "x.asl.json", lambda: _chain(10_000)),
    Bomb("a backward chain with variables", "x.asl.json", lambda: _backward_chain(5_000)),
    Bomb("many variables", "x.asl.json", lambda: _variables(300)),
    Bomb("StringMatches", "x.asl.json", _matches),
    Bomb("a regular expression of JSONata", "x.asl.json", _jsonata_regex),
    Bomb("a regular expression of a filter", "x.asl.json", lambda: _filter_regex("@.y =~ /^(a+)+$/")),
    Bomb("a filter's match()", "x.asl.json", lambda: _filter_regex("match(@.y, '(a+)+')")),
    Bomb("a filter's search()", "x.asl.json", lambda: _filter_regex("search(@.y, '^(a+)+$')")),
    Bomb("Parallel nested 200 deep", "x.asl.json", lambda: _parallel(200)),
    Bomb("Parallel nested 24 deep", "x.asl.json", lambda: _parallel(24)),
    Bomb("Parallel nested 12 deep", "x.asl.json", lambda: _parallel(12)),
    Bomb("Result nested 10,000 deep", "x.asl.json", lambda: _result(10_000)),
    Bomb("Result nested 100,000 deep", "x.asl.json", lambda: _result(100_000)),
    Bomb("Result nested 90 deep", "x.asl.json", lambda: _result(90)),
    Bomb("conditions nested 300 deep", "x.asl.json", lambda: _condition(300)),
    Bomb("conditions nested 90 deep", "x.asl.json", lambda: _condition(90)),
    Bomb("3,000 nested intrinsic functions", "x.asl.json", lambda: _intrinsics(3_000)),
    Bomb("5,000 choices in one state", "x.asl.json", lambda: _choices(5_000)),
    Bomb("lone surrogates", "x.asl.json", _surrogate),
    Bomb("a file of 50 MB", "x.asl.json", _large),
    Bomb("data that doubles in a loop", "x.asl.json", _doubling),
    Bomb("data that doubles in a chain", "x.asl.json", _growing),
    Bomb("data that gets deeper in a loop", "x.asl.json", _wrapping),
    Bomb("JSONata that doubles its data", "x.asl.json", _jsonata_doubling),
    Bomb("nested JSONata", "x.asl.json", lambda: _jsonata_nested(20_000)),
    Bomb("a loop without an end", "x.asl.json", lambda: _definition(("A", {"Type": "Pass", "Next": "A"}))),
    Bomb("Map in Map in Map", "x.asl.json", lambda: _maps(3)),
    Bomb("a distributed Map of 20,000 items", "x.asl.json", lambda: _distributed(20_000), ("run",)),
    Bomb("indexes beyond all arrays", "x.asl.json", _index),
    Bomb("5,000 transitions that lead nowhere", "x.asl.json", lambda: _dangling(5_000)),
    Bomb("20,000 findings in one line", "x.asl.json", lambda: _minified(20_000)),
    Bomb("a million arrays in JSON5", "x.asl.json", lambda: _json5(1_000_000)),
)
