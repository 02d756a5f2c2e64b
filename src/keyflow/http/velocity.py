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
from keyflow.dsl.deployed import Deployed, Parameter
from keyflow.dsl.expressions import values_in
from keyflow.dsl.requests import Part, RequestValue
from keyflow.dsl.values import Intrinsic
from keyflow.dsl.workflow import UNHANDLED_CAUSE
from keyflow.http.direct_calls import BodyText
from keyflow.placeholders import PLACEHOLDER

TIMED_OUT = "The request took too long"
THROTTLED = "Too many requests"
TOO_LARGE = "The request is too large"
INVALID = "The request is invalid"

_TOO_MANY = (
    "ExecutionLimitExceeded",
    "LimitExceededException",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
)
"""Errors that say "not so fast", beside those with `Throttl` in their names.

Source: https://github.com/boto/botocore/blob/develop/botocore/retries/standard.py (the codes of throttling)
"""
_NOTHING = ("", '""', "[]", "{}", "null", "0")
"""How `$input.json` writes a member that counts or lists failures where there are none, or that is not there."""

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
        case RequestValue(part=Part.BODY):
            yield _Expression(_body_json(tree))
        case BodyText(value=value):
            written = _body_json(value)
            is_text, escaped = f"""{written}.startsWith('"')""", _Expression(written).escaped()
            yield _Expression(f'#if({is_text}){written}#else"{escaped}"#end')
        case RequestValue():
            yield from ('"', _text(tree).escaped(), '"')
        case Parameter(is_text=False):
            yield tree.deployed_text()
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


def _body_json(value: RequestValue) -> str:
    """The JSON of the body, or of a member of it."""
    return f'$input.json("{_member_path(value.keys)}")' if value.keys else "$input.json('$')"


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
            return _Expression(_decoded(f"$input.params().path.get('{value.keys[0]}')"))
        case Part.QUERY:
            return _Expression(f"\"$!input.params().querystring.get('{value.keys[0]}')\"", optional=True)
        case Part.HEADER:
            return _Expression(f"\"$!input.params().header.get('{value.keys[0]}')\"", optional=True)
        case _:
            return _Expression(f'"$!context.{".".join(value.keys)}"', optional=True)


def _decoded(parameter: str) -> str:
    """A parameter of the path, which arrives as it stands in the URL: `a%20b`.

    `urlDecode` takes a plus for a space, as forms do; in a path it is a plus.
    """
    return f"$util.urlDecode({parameter}.replace('+', '%2B'))"


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


def call_answer(success: str, member: str | None, status: str | None = None) -> str:
    """The response template behind an AWS call: never a success where a part of the call failed.

    Args:
        success: The template where nothing failed.
        member: The JSONPath of what counts or lists the parts that failed, where the result has one.
        status: The JSONPath of what says how an execution ended, where the call waits for one.
    """
    if status is not None:
        succeeded = f"""#if($input.path('{status}') == "SUCCEEDED")"""
        return "\n".join((succeeded, success, "#else", *_answer(500, json.dumps(UNHANDLED_CAUSE)), "#end"))
    if member is None:
        return success
    nothing = " || ".join(f"$failed == '{text}'" for text in _NOTHING)
    lines = (f"""#set($failed = "$!input.json('{member}')")""", f"#if({nothing})", success)
    return "\n".join((*lines, "#else", *_answer(500, json.dumps(UNHANDLED_CAUSE)), "#end"))


def refusal_answer(errors: Mapping[str, tuple[int, str]], *, starts: bool) -> str:
    """The response template for what AWS itself refuses: a status of 400 covers many errors, which the body names.

    What a caller can fix is answered so: an input that is too large, or no JSON, too many requests, and the errors
    that the route names. Everything else is 500.

    Args:
        errors: The status and the message of errors of a direct call; AWS names them alone, or after a `#`.
        starts: Whether what is refused is the start of an execution.
    """
    too_many = " || ".join(('$type.contains("Throttl")', *(f'$type == "{error}"' for error in _TOO_MANY)))
    cases = [
        *([(_INPUT_TOO_LONG, 413, TOO_LARGE)] if starts else []),
        *((f'$type == "{error}"', status, message) for error, (status, message) in errors.items()),
        (too_many, 429, THROTTLED),
        (_NO_JSON, 400, INVALID),
    ]
    lines = ["""#set($type = "$!input.path('$.__type')")""", "#set($type = $type.replaceAll('.*#', ''))"]
    for index, (condition, status, message) in enumerate(cases):
        lines += [f"#{'elseif' if index else 'if'}({condition})", *_answer(status, json.dumps(message))]
    return "\n".join((*lines, "#else", *_answer(500, json.dumps(UNHANDLED_CAUSE)), "#end"))


_INPUT_TOO_LONG = """$type == "ValidationException" && $input.path('$.message').contains("at 'input' failed")"""
"""What Step Functions says of an input over 262,144 characters: "Value at 'input' failed to satisfy constraint: Member
must have length less than or equal to 262144"; the template sends nothing else under that name.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
"""
_NO_JSON = '$type == "SerializationException" || $type == "InvalidExecutionInput"'
"""What is sent is JSON of the right types but for what the caller's body puts into it."""


def fixed_answer(message: str) -> str:
    """A response template that says the same whatever came back."""
    return json.dumps({"message": message})
