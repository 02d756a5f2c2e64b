"""Velocity templates: a request becomes an execution's input, an execution's end becomes an answer.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
and https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from keyflow import json_values
from keyflow.aws import JsonText, RuntimeValue
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.expressions import values_in
from keyflow.dsl.requests import Part, RequestValue
from keyflow.dsl.values import Deployed, Intrinsic
from keyflow.dsl.workflow import UNHANDLED_CAUSE
from keyflow.placeholders import PLACEHOLDER

TIMED_OUT = "The request took too long"
THROTTLED = "Too many requests"

# escapeJavaScript also escapes the apostrophe, which JSON does not have: AWS documents this very fix.
_ESCAPE = """$util.escapeJavaScript({}).replaceAll("\\\\'", "'")"""


@dataclass(frozen=True, slots=True)
class _Expression:
    """A piece of a template that Velocity evaluates; every other piece is text that it leaves alone.

    `escapes` says how often its quotes are escaped, once for each string that it stands in. With `optional`, nothing
    is written where the expression is empty.
    """

    text: str
    escapes: int = 0
    optional: bool = False

    def escaped(self) -> _Expression:
        return replace(self, escapes=self.escapes + 1)

    def __str__(self) -> str:
        escaped = self.text
        for _ in range(self.escapes):
            escaped = _ESCAPE.format(escaped)
        return f'#if({self.text} != ""){escaped}#end' if self.optional else escaped


def json_text(tree: Any, location: Location) -> str:
    """Velocity that writes the tree as JSON, each text of the request with its quotes escaped.

    Raises:
        DefinitionError: KF406, the tree holds a value that only an execution knows.
    """
    return "".join(map(str, _pieces(tree, location)))


def start_execution(tree: Any, state_machine: str, location: Location) -> str:
    """The request template that starts an execution with this input.

    The input is JSON inside a JSON string: what is fixed is escaped here, the rest when it is known.
    """
    text = "".join(map(str, _json_inside_text(tree, location)))
    return f'{{"stateMachineArn": "{state_machine}", "input": "{text}"}}'


def _pieces(tree: Any, location: Location) -> Iterator[str | _Expression]:
    match tree:
        case RequestValue(part=Part.BODY, keys=keys):
            yield _Expression(f'$input.json("{_member_path(keys)}")' if keys else "$input.json('$')")
        case RequestValue():
            yield from ('"', _text(tree).escaped(), '"')
        case RuntimeValue():
            yield from ('"', *_inside_text(tree, location), '"')
        case Mapping():
            for index, (key, value) in enumerate(tree.items()):
                yield ("{" if index == 0 else ", ") + _quoted(str(key)) + ": "
                yield from _pieces(value, location)
            yield "}" if tree else "{}"
        case list() | tuple():
            for index, element in enumerate(tree):
                yield "[" if index == 0 else ", "
                yield from _pieces(element, location)
            yield "]" if tree else "[]"
        case str():
            yield _quoted(tree)
        case _:
            problem = json_values.problem(tree)
            if problem is not None:
                raise definition_error("KF406", problem, location=location)
            yield json.dumps(tree)


def _json_inside_text(tree: Any, location: Location) -> Iterator[str | _Expression]:
    """The tree as JSON between the quotes of a string."""
    for piece in _pieces(tree, location):
        yield piece.escaped() if isinstance(piece, _Expression) else json.dumps(piece, ensure_ascii=False)[1:-1]


def _inside_text(value: Any, location: Location) -> Iterator[str | _Expression]:
    """What stands between the quotes for a value: of a format, its text with its values in their places."""
    match value:
        case RequestValue(part=Part.BODY, keys=keys) if not all(map(str.isidentifier, keys)) or not keys:
            what = f"{value!r}: a member's name there has letters, digits and _" if keys else "the whole body"
            raise definition_error("KF406", f"a format cannot hold {what}", location=location)
        case RequestValue():
            yield _text(value).escaped()
        case Intrinsic(name="States.Format", arguments=(template, *values)):
            for text, each in zip(template.split("{}"), [*values, ""], strict=True):
                yield _quoted(text)[1:-1]
                yield from _inside_text(each, location)
        case JsonText(tree=tree):
            for each in values_in(tree):
                if isinstance(each, Deployed):
                    what = f"the JSON text of a route cannot hold {each!r}, whose quotes no one escapes twice"
                    raise definition_error("KF406", what, location=location)
            yield from _json_inside_text(tree, location)
        case RuntimeValue():
            deployed = value.deployed_text()
            if deployed is None:
                hint = "use api.body, api.path, api.query, api.headers or api.context"
                raise definition_error("KF406", f"a request knows nothing of {value!r}", location=location, hint=hint)
            yield _quoted(deployed, placeholders=True)[1:-1]
        case _:
            yield _quoted(str(value))[1:-1]


def _member_path(keys: tuple[str, ...]) -> str:
    """The JSONPath of a member of the body; `RequestValue` admits no quotes in a key."""
    return "$" + "".join(f".{key}" if key.isidentifier() else f"['{key}']" for key in keys)


def _quoted(text: str, *, placeholders: bool = False) -> str:
    """A JSON string in which Velocity finds nothing to evaluate; with `placeholders`, those stay for deployment."""
    special = rf"(?!{PLACEHOLDER.pattern})\$|#" if placeholders else r"[$#]"
    return re.sub(special, lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def _text(value: RequestValue) -> _Expression:
    """A text of the request; a missing one is the empty string."""
    match value.part:
        case Part.BODY:
            return _Expression(f"\"$!input.path('{_member_path(value.keys)}')\"", optional=True)
        case Part.PATH:
            return _Expression(f"$input.params().path.get('{value.keys[0]}')")
        case Part.QUERY:
            return _Expression(f"\"$!input.params().querystring.get('{value.keys[0]}')\"", optional=True)
        case Part.HEADER:
            return _Expression(f"\"$!input.params().header.get('{value.keys[0]}')\"", optional=True)
        case _:
            return _Expression(f'"$!context.{".".join(value.keys)}"', optional=True)


def execution_answer(errors: Mapping[str, int], *, empty: bool) -> str:
    """The response template behind StartSyncExecution: never a success for an execution that did not succeed.

    Args:
        errors: The status of each declared error; its cause is the message.
        empty: Whether success answers without a body.
    """
    lines = ["#set($execution = $input.path('$'))", '#if($execution.status == "SUCCEEDED")']
    if not empty:
        lines.append("$execution.output")
    lines += ['#elseif($execution.status == "TIMED_OUT")', *_answer(504, json.dumps(TIMED_OUT))]
    cause = f'"{_ESCAPE.format("$execution.cause")}"'
    for error, status in errors.items():
        lines += [f'#elseif($execution.error == "{error}")', *_answer(status, cause)]
    lines += ["#else", *_answer(500, json.dumps(UNHANDLED_CAUSE)), "#end"]
    return "\n".join(lines)


def _answer(status: int, message: str) -> list[str]:
    return [f"#set($context.responseOverride.status = {status})", f'{{"message": {message}}}']


def started_answer() -> str:
    """The response template of StartExecution: the execution's ARN, and its last part as the id."""
    return "\n".join(
        (
            "#set($execution = $input.path('$'))",
            "#set($arn = $execution.executionArn)",
            '{"id": "$arn.replaceAll(".*:", "")", "executionArn": "$arn", "startDate": "$execution.startDate"}',
        )
    )


def refusal_answer(errors: Mapping[str, tuple[int, str]]) -> str:
    """The response template for what AWS itself refuses: throttling is the caller's to wait out.

    Args:
        errors: The status and the message of errors of a direct call; AWS names them alone, or after a `#`.
    """
    named = [
        line
        for error, (status, message) in errors.items()
        for line in (f'#elseif($type.replaceAll(".*#", "") == "{error}")', *_answer(status, json.dumps(message)))
    ]
    return "\n".join(
        (
            "#set($type = $input.path('$.__type'))",
            '#if($type.contains("Throttling") || $type.contains("LimitExceeded"))',
            *_answer(429, json.dumps(THROTTLED)),
            *named,
            "#else",
            *_answer(500, json.dumps(UNHANDLED_CAUSE)),
            "#end",
        )
    )


def fixed_answer(message: str) -> str:
    """A response template that says the same whatever came back."""
    return json.dumps({"message": message})
