"""The conditions of a Choice: JSONPath comparisons and their connectives, or one JSONata expression.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from keyflow.asl.fields import ABSENT, EXPRESSION_PATTERN, JSON, MOMENT_PATTERN, Absent, Codec, Malformed, QueryLanguage
from keyflow.asl.quotas import STATE_NAME_CHARACTERS
from keyflow.asl.records import at, load_list
from keyflow.dataclass import dataclass

_ORDERINGS = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_LITERALS: Mapping[str, JSON] = {
    "String": {"type": "string"},
    "Numeric": {"type": "number"},
    "Timestamp": {"type": "string", "pattern": MOMENT_PATTERN},
    "Boolean": {"type": "boolean"},
}
_TESTS = ("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp")


def _operators() -> dict[str, JSON]:
    operators: dict[str, JSON] = {"StringMatches": {"type": "string"}}
    operators |= {test: {"type": "boolean"} for test in _TESTS}
    for kind, literal in _LITERALS.items():
        for ordering in _ORDERINGS if kind != "Boolean" else ("Equals",):
            operators[kind + ordering] = literal
            operators[f"{kind}{ordering}Path"] = {"type": "string", "pattern": r"^\$"}
    return operators


OPERATORS: Mapping[str, JSON] = _operators()
"""Every comparison operator, with the schema of what it compares to."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`variable` (a path) compared by `operator`, one of `OPERATORS`, with a value or (`...Path`) another path."""

    variable: str
    operator: str
    value: JSON
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class And:
    """Holds when every condition does."""

    conditions: tuple[Condition, ...]
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Or:
    """Holds when any condition does."""

    conditions: tuple[Condition, ...]
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when the condition does not."""

    condition: Condition
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expression:
    """A JSONata expression, written between {% and %}, that yields a boolean."""

    text: str


Condition = Comparison | And | Or | Not | Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceRule:
    """One rule of a Choice: a condition, and the state to go on with."""

    condition: Condition
    next: str
    assign: Mapping[str, JSON] | None = None
    output: JSON | Absent = ABSENT
    comment: str | None = None
    extra: Mapping[str, JSON] = field(default_factory=dict)


def load_rule(document: JSON) -> ChoiceRule:
    """A rule from its JSON object; raises `Malformed`."""
    if not isinstance(document, dict):
        raise Malformed("must be an object")
    rest = dict(document)
    if not isinstance(rest.get("Next"), str):
        raise Malformed("Next is missing")
    return ChoiceRule(
        next=rest.pop("Next"),
        comment=rest.pop("Comment") if isinstance(rest.get("Comment"), str) else None,
        assign=rest.pop("Assign") if isinstance(rest.get("Assign"), dict) else None,
        output=rest.pop("Output", ABSENT),
        condition=_take_condition(rest),
        extra=rest,
    )


def _take_condition(rest: dict[str, JSON]) -> Condition:
    """The condition among the keys of `rest`, which is left with those that it does not know."""
    if "Condition" in rest:
        return Expression(rest.pop("Condition"))
    if "Not" in rest:
        with at("Not"):
            return Not(_load_condition(rest.pop("Not")))
    for key, connective in (("And", And), ("Or", Or)):
        if key in rest:
            with at(key):
                return connective(load_list(_load_condition, rest.pop(key)))
    operator = next((key for key in rest if key in OPERATORS), None)
    if operator is None or "Variable" not in rest:
        raise Malformed("needs Variable and a comparison operator, And, Or, Not or Condition")
    return Comparison(rest.pop("Variable"), operator, rest.pop(operator))


def _load_condition(document: JSON) -> Condition:
    if not isinstance(document, dict):
        raise Malformed("must be an object")
    rest = dict(document)
    match _take_condition(rest):
        case Comparison(variable, operator, value):
            return Comparison(variable, operator, value, rest)
        case And(conditions):
            return And(conditions, rest)
        case Or(conditions):
            return Or(conditions, rest)
        case Not(condition):
            return Not(condition, rest)
        case Expression():
            raise Malformed("a JSONata Condition stands only in a rule itself")


def dump_rule(rule: ChoiceRule) -> JSON:
    """The JSON object of a rule."""
    document = dump_condition(rule.condition)
    if rule.comment is not None:
        document = {"Comment": rule.comment, **document}
    if rule.assign is not None:
        document["Assign"] = rule.assign
    if rule.output is not ABSENT:
        document["Output"] = rule.output
    return {**document, "Next": rule.next, **rule.extra}


def dump_condition(condition: Condition) -> dict[str, JSON]:
    """The JSON object of a condition."""
    match condition:
        case Comparison(variable, operator, value, extra):
            return {"Variable": variable, operator: value, **extra}
        case And(conditions, extra):
            return {"And": [dump_condition(each) for each in conditions], **extra}
        case Or(conditions, extra):
            return {"Or": [dump_condition(each) for each in conditions], **extra}
        case Not(negated, extra):
            return {"Not": dump_condition(negated), **extra}
        case Expression(text):
            return {"Condition": text}


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Every comparison in a condition."""
    match condition:
        case And(conditions) | Or(conditions):
            for each in conditions:
                yield from comparisons(each)
        case Not(negated):
            yield from comparisons(negated)
        case Comparison():
            yield condition
        case _:
            pass


def choice_rules() -> Codec:
    """The kind of `Choices`."""
    return Codec(
        lambda language: {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": f"#/$defs/{language.value}.ChoiceRule"},
        },
        lambda document: load_list(load_rule, document),
        lambda rules: [dump_rule(rule) for rule in rules],
    )


def condition_schemas(language: QueryLanguage) -> dict[str, Any]:
    """The schemas of a rule and of the conditions in it, by the name they have under `$defs`."""
    if language is QueryLanguage.JSONATA:
        expression = {"anyOf": [{"type": "string", "pattern": EXPRESSION_PATTERN}, {"type": "boolean"}]}
        properties = {**_RULE_FIELDS, "Output": True, "Condition": expression}
        return {f"{language.value}.ChoiceRule": _object(properties, required=["Condition", "Next"])}
    nested = {"$ref": f"#/$defs/{language.value}.Condition"}
    several = {"type": "array", "items": nested, "minItems": 1}
    connectives = {"And": several, "Or": several, "Not": nested}
    fields = {**connectives, **OPERATORS, "Variable": {"type": "string", "pattern": r"^\$"}, "Comment": _TEXT}
    one_operator = [{"required": ["Variable", operator]} for operator in OPERATORS]
    exactly_one = [*({"required": [key]} for key in connectives), *one_operator]
    return {
        f"{language.value}.Condition": _object(fields, oneOf=exactly_one),
        f"{language.value}.ChoiceRule": _object({**fields, **_RULE_FIELDS}, required=["Next"], oneOf=exactly_one),
    }


_TEXT = {"type": "string"}
_RULE_FIELDS: Mapping[str, Any] = {
    "Next": {"type": "string", "minLength": 1, "maxLength": STATE_NAME_CHARACTERS},
    "Comment": _TEXT,
    "Assign": {"type": "object"},
}


def _object(properties: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False, **rest}
