"""How one field of the States Language is spelt in JSON, held, checked and written back.

The dataclasses in `states` are the table of the language: each of their attributes carries a `Field`, and the
codec, the JSON Schema and the documentation are read off that table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field as DataclassField
from dataclasses import field
from enum import Enum
from typing import Any, Final, Literal

from keyflow.asl.quotas import (
    LARGEST_COUNT,
    LONGEST_DELAY_SECONDS,
    STATE_NAME_CHARACTERS,
    VARIABLE_NAME_CHARACTERS,
)
from keyflow.dataclass import dataclass

JSON = Any
"""Anything that `json.loads` can return."""


class QueryLanguage(Enum):
    """The two expression languages (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html)."""

    JSONPATH = "JSONPath"
    JSONATA = "JSONata"


class Absent(Enum):
    """The type of `ABSENT`: a field that is not written at all, where null would mean something."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT


class End(Enum):
    """The type of `END`: the transition of a state that ends its scope (`"End": true`)."""

    END = "end"

    def __repr__(self) -> str:
        return "END"


END: Final = End.END


class Path(str):
    """A path into the state's input, held by a field that otherwise holds a literal (`TimeoutSecondsPath`)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Codec:
    """What a JSON value of one kind must look like, and how it becomes and leaves a Python value."""

    schema: Callable[[QueryLanguage], JSON]
    load: Callable[[JSON], Any] = lambda value: value
    dump: Callable[[Any], JSON] = lambda value: value


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a state: its key, its kind, and where it is allowed.

    `path_key` is the second spelling of a field that may be computed by a JSONPath instead (`SecondsPath`).
    """

    key: str
    codec: Codec
    only: QueryLanguage | None = None
    path_key: str | None = None
    required: bool = False
    default: Any = None

    def allowed_in(self, language: QueryLanguage) -> bool:
        """Whether a definition in this query language may write the field."""
        return self.only is None or self.only is language


_METADATA_KEY = "asl"


def asl(
    key: str,
    codec: Codec,
    *,
    only: QueryLanguage | None = None,
    path: str | None = None,
    required: bool = False,
    default: Any = None,
) -> Any:
    """A dataclass attribute that stands for a field of the language.

    `path` names the field's `...Path` spelling. A `default` of `ABSENT` says that null is a value of the field;
    with any other, None means that the field is not written.
    """
    metadata = {
        _METADATA_KEY: Field(key=key, codec=codec, only=only, path_key=path, required=required, default=default)
    }
    if required:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


def field_of(attribute: DataclassField[Any]) -> Field | None:
    """The `Field` that a dataclass attribute carries, if any."""
    found: Field | None = attribute.metadata.get(_METADATA_KEY)
    return found


class Malformed(Exception):
    """A document cannot be held by the model at all; `path` leads to the place, outermost key first."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.path: list[str] = []


# Kinds of plain values. In JSONata any scalar may be an expression instead, which is a string between {% and %}.

EXPRESSION_PATTERN = r"^\{%[\s\S]*%\}$"
"""https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#writing-jsonata-expressions-in-json-strings"""


_DAY = r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2\d))"
_HOUR = r"(?:[01]\d|2[0-3]):[0-5]\d"
MOMENT_PATTERN = rf"^\d{{4}}-{_DAY}T{_HOUR}:[0-5]\d(?:\.\d+)?(?:Z|[+-]{_HOUR})$"
"""RFC 3339 with capitals and a zone: CreateStateMachine answers "String does not match RFC3339 timestamp" to all else.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
"""


def is_expression(value: JSON) -> bool:
    """Whether a value is a JSONata expression: a text that stands between {% and %}."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4


def braced(expression: str) -> str:
    """An expression as the States Language has it in a text, a blank beside each brace."""
    return f"{{% {expression} %}}"


def unbraced(text: str) -> str:
    """The JSONata of a text that is an expression."""
    return text[2:-2].strip()


def shown_text(value: JSON) -> str:
    """A value as a reader sees it: an expression without its braces."""
    text = str(value).strip()
    return unbraced(text) if is_expression(text) else text


def _same(schema: JSON) -> Codec:
    return Codec(lambda _language: schema)


def _or_expression(schema: JSON) -> Codec:
    expression = {"type": "string", "pattern": EXPRESSION_PATTERN}
    return Codec(lambda language: {"anyOf": [schema, expression]} if language is QueryLanguage.JSONATA else schema)


def _error_names(document: JSON) -> tuple[str, ...]:
    if not isinstance(document, list):
        raise Malformed("must be an array")
    return tuple(document)


def _query_language(document: JSON) -> QueryLanguage:
    known = [language.value for language in QueryLanguage]
    if document not in known:
        raise Malformed(f"is {document!r}, must be one of {', '.join(known)}")
    return QueryLanguage(document)


TEXT = _same({"type": "string"})
NAME = _same({"type": "string", "minLength": 1, "maxLength": STATE_NAME_CHARACTERS})
ANY = _same(True)
OBJECT = _same({"type": "object"})
PATH = _same({"type": "string", "pattern": r"^\$"})
PATH_OR_NULL = _same({"type": ["string", "null"], "pattern": r"^(\$|States\.)"})
RESULT_PATH = _same({"type": ["string", "null"], "pattern": r"^\$"})
TEMPLATE = ANY
ARGUMENTS = _or_expression({"type": "object"})
SELECTOR = _same({"type": ["object", "null"]})
POSITIVE_INTEGER = _or_expression({"type": "integer", "minimum": 1, "maximum": LARGEST_COUNT})
COUNT = _or_expression({"type": "integer", "minimum": 0})
BOUNDED_COUNT = _or_expression({"type": "integer", "minimum": 0, "maximum": LARGEST_COUNT})
PERCENTAGE = _or_expression({"type": "number", "minimum": 0, "maximum": 100})
"""A share of items need not be whole: of a Map's run that goes on already, it is a Float from 0 to 100.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html
"""
BACKOFF_RATE = _same({"type": "number", "minimum": 1})
MAX_DELAY = _same({"type": "integer", "minimum": 1, "maximum": LONGEST_DELAY_SECONDS})
JITTER = _same({"enum": ["FULL", "NONE"]})
ERROR_NAMES = Codec(lambda _language: {"type": "array", "items": {"type": "string"}, "minItems": 1}, _error_names, list)
ITEMS = _or_expression({"type": "array"})
TIMESTAMP = _or_expression({"type": "string", "pattern": MOMENT_PATTERN})
VARIABLES = _same(
    {
        "type": "object",
        "propertyNames": {"pattern": r"^(?!states(\.|$))[^.$\s]", "maxLength": VARIABLE_NAME_CHARACTERS + 2},
    }
)
LANGUAGE = Codec(
    lambda _language: {"enum": [language.value for language in QueryLanguage]},
    _query_language,
    lambda language: language.value,
)

Transition = str | Literal[End.END]
