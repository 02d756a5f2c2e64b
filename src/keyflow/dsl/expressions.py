"""Values and conditions: operators on values build conditions, and conditions look at values.

Both are trees of what an execution will know; nothing here knows how a dialect will write them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from keyflow import json_values
from keyflow.aws import JsonText, RuntimeValue
from keyflow.aws.runtime_values import RuntimeCondition
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location, definition_error
from keyflow.dsl.habits import Habits, NoText
from keyflow.lazy import lazy_pattern
from keyflow.making import note_text

_REGULAR = lazy_pattern(r"^\^|\$$|\[[^\]]+\][*+{]|\.\+|\\[dws]|^\.\*.*\.\*$")
Literal = str | int | float | bool | None


class Value(Habits, RuntimeValue):
    """Something that an execution will know. Its truth, text and equality are the execution's, not Python's."""

    location: Location

    @property
    def kind(self) -> str | None:
        return None

    def deployed_text(self) -> str | None:
        return None

    def children(self) -> Iterator[Value]:
        """The values that this one is computed from."""
        return iter(())

    def __getitem__(self, key: str | int) -> Value:
        raise definition_error(
            "KF210", f"cannot walk into {self!r}: only the input, results and the context have members"
        )

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return comparison("Equals", self, other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return ~comparison("Equals", self, other)

    def __lt__(self, other: object) -> Condition:
        return comparison("LessThan", self, other)

    def __le__(self, other: object) -> Condition:
        return comparison("LessThanEquals", self, other)

    def __gt__(self, other: object) -> Condition:
        return comparison("GreaterThan", self, other)

    def __ge__(self, other: object) -> Condition:
        return comparison("GreaterThanEquals", self, other)

    __hash__ = object.__hash__

    def is_present(self) -> Condition:
        """Holds when the member exists, whatever its value."""
        return TypeTest("IsPresent", self)

    def is_null(self) -> Condition:
        """Holds when the value is null."""
        return TypeTest("IsNull", self)

    def is_string(self) -> Condition:
        """Holds when the value is a string."""
        return TypeTest("IsString", self)

    def is_number(self) -> Condition:
        """Holds when the value is a number."""
        return TypeTest("IsNumeric", self)

    def is_boolean(self) -> Condition:
        """Holds when the value is true or false."""
        return TypeTest("IsBoolean", self)

    def is_true(self) -> Condition:
        """Holds when the value is true."""
        return comparison("Equals", self, True)

    def is_false(self) -> Condition:
        """Holds when the value is false."""
        return comparison("Equals", self, False)

    def is_timestamp(self) -> Condition:
        """Holds when the value is an RFC 3339 timestamp."""
        return TypeTest("IsTimestamp", self)

    def matches(self, pattern: str) -> Condition:
        r"""Holds when the string matches; `*` stands for any characters, `\*` for an asterisk.

        Raises:
            DefinitionError: KF215, the pattern is a regular expression, which it would be compared with as a text.
        """
        if isinstance(pattern, str) and _REGULAR.search(pattern):
            hint = "write * for any characters, as in '*@*'; for more, let a function look"
            raise definition_error(
                "KF215", f"{pattern!r} looks like a regular expression, and only * stands for others", hint=hint
            )
        return Match(self, pattern)


def values_in(tree: Any) -> Iterator[Value]:
    """Every value in nested mappings and lists, and those that they are computed from, in the order written."""
    pending = [tree]
    while pending:
        each = pending.pop()
        kind = type(each)
        if kind is str:  # what nearly all leaves are
            continue
        if kind is dict:
            pending += reversed(each.values())
        elif kind is list or kind is tuple:
            pending += reversed(each)
        elif isinstance(each, Value):
            yield each
            pending += reversed(tuple(each.children()))
        elif isinstance(each, JsonText):
            pending.append(each.tree)
        elif isinstance(each, Mapping):
            pending += reversed(tuple(each.values()))
        elif isinstance(each, list | tuple):
            pending += reversed(each)


class Condition(NoText, RuntimeCondition, ABC):
    """Something that holds or does not when the workflow runs."""

    def __and__(self, other: Condition) -> Condition:
        return All((self, _checked(other)))

    def __or__(self, other: Condition) -> Condition:
        return Either((self, _checked(other)))

    def __invert__(self) -> Condition:
        return Negation(self)

    def __bool__(self) -> NoReturn:
        raise definition_error(
            "KF211",
            "a condition is decided only when the workflow runs",
            hint="use workflow.when(...) or workflow.fail_if(...), and & | ~ in place of and, or, not: "
            "(x == 'a') | (x == 'b') for x in ['a', 'b']",
        )

    def __repr__(self) -> str:
        return note_text(self.text())

    @abstractmethod
    def text(self) -> str:
        """The condition as it is written in Python."""

    def values(self) -> Iterator[Value]:
        """The values that the condition looks at."""
        return iter(())


def _checked(other: object) -> Condition:
    if not isinstance(other, Condition):
        raise definition_error(
            "KF215",
            f"& and | join conditions, not {other!r}",
            hint="put each comparison in parentheses: (a == 1) & (b == 2)",
        )
    return other


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Comparison(Condition):
    """`left` compared with a literal or another value; `kind` is the type in which they are compared."""

    ordering: str
    left: Value
    right: Value | Literal
    kind: str

    def values(self) -> Iterator[Value]:
        return values_in((self.left, self.right))

    def text(self) -> str:
        return f"{self.left!r} {SIGNS[self.ordering]} {self.right!r}"


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Match(Condition):
    """A string against a pattern with `*`."""

    value: Value
    pattern: str

    def values(self) -> Iterator[Value]:
        return values_in(self.value)

    def text(self) -> str:
        return f"{self.value!r}.matches({self.pattern!r})"


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class TypeTest(Condition):
    """Whether a value is present, null, or of a type; `name` is the States Language's operator."""

    name: str
    value: Value

    def values(self) -> Iterator[Value]:
        return values_in(self.value)

    def text(self) -> str:
        return f"{self.value!r}.{TESTS.get(self.name, self.name)}()"


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class All(Condition):
    """Every condition; an `exact` one is an And of its own, wherever it stands."""

    conditions: tuple[Condition, ...]
    exact: bool = False

    def values(self) -> Iterator[Value]:
        for condition in self.conditions:
            yield from condition.values()

    def text(self) -> str:
        return (
            _called("all_of", self.conditions) if self.exact else " & ".join(f"({each!r})" for each in self.conditions)
        )


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Either(Condition):
    """Any condition; an `exact` one is an Or of its own, wherever it stands."""

    conditions: tuple[Condition, ...]
    exact: bool = False

    def values(self) -> Iterator[Value]:
        for condition in self.conditions:
            yield from condition.values()

    def text(self) -> str:
        return (
            _called("any_of", self.conditions) if self.exact else " | ".join(f"({each!r})" for each in self.conditions)
        )


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Negation(Condition):
    """Not the condition; an `exact` one is a Not, whatever it negates."""

    condition: Condition
    exact: bool = False

    def values(self) -> Iterator[Value]:
        return self.condition.values()

    def text(self) -> str:
        return _called("not_", (self.condition,)) if self.exact else f"~({self.condition!r})"


def operands(joined: All | Either) -> Iterator[Condition]:
    """What `&` or `|` joins: `a & b & c` has three, though Python joins them two by two."""
    for each in joined.conditions:
        if isinstance(each, type(joined)) and not each.exact:
            yield from operands(each)
        else:
            yield each


def _called(name: str, conditions: Sequence[Condition]) -> str:
    return f"{name}({', '.join(repr(each) for each in conditions)})"


def all_of(*conditions: Condition) -> Condition:
    """Holds when every condition does: `all_of(a, b, c)` is `a & b & c`.

    In a `StateMachine` it becomes one `And`, even inside another `And` or around a single condition. `&` joins all that
    it meets into one.

    Raises:
        DefinitionError: KF215, something is no condition, or nothing is given.
    """
    return All(_several(conditions, "all_of"), exact=True)


def any_of(*conditions: Condition) -> Condition:
    """Holds when any condition does: `any_of(a, b, c)` is `a | b | c`.

    In a `StateMachine` it is one `Or` of what is given, as `all_of` is one `And`.

    Raises:
        DefinitionError: KF215, something is no condition, or nothing is given.
    """
    return Either(_several(conditions, "any_of"), exact=True)


def not_(condition: Condition) -> Condition:
    """Holds when the condition does not, as `~condition`.

    In a `StateMachine` it is a `Not`, also around a test, for which `~` writes `"IsPresent": false`.

    Raises:
        DefinitionError: KF215, it is no condition.
    """
    (negated,) = _several((condition,), "not_")
    return Negation(negated, exact=True)


def _several(conditions: tuple[object, ...], function: str) -> tuple[Condition, ...]:
    if not conditions:
        raise definition_error("KF215", f"{function} takes at least one condition")
    for each in conditions:
        if not isinstance(each, Condition):
            hint = "a list of conditions is unpacked: any_of(*conditions)" if isinstance(each, Iterable) else None
            raise definition_error("KF215", f"{function} takes conditions, not {each!r}", hint=hint)
    return tuple(each for each in conditions if isinstance(each, Condition))


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Holds(Condition):
    """A value that is true or false: an expression of the query language."""

    value: Value

    def values(self) -> Iterator[Value]:
        return values_in(self.value)

    def text(self) -> str:
        return repr(self.value)


SIGNS: Mapping[str, str] = {
    "Equals": "==",
    "LessThan": "<",
    "LessThanEquals": "<=",
    "GreaterThan": ">",
    "GreaterThanEquals": ">=",
}
"""The operators of Python for the orderings of the States Language."""
TESTS: Mapping[str, str] = {
    "IsPresent": "is_present",
    "IsNull": "is_null",
    "IsString": "is_string",
    "IsNumeric": "is_number",
    "IsBoolean": "is_boolean",
    "IsTimestamp": "is_timestamp",
}
"""The methods of values for the tests of the States Language."""
_LITERAL_KINDS: tuple[tuple[type, str], ...] = ((bool, "boolean"), (int, "number"), (float, "number"), (str, "string"))


def comparison(ordering: str, left: Value, right: object) -> Condition:
    """The comparison of a value with a literal or another value.

    Raises:
        DefinitionError: KF215, the two cannot be compared, or no one can tell as what.
    """
    if right is None and ordering == "Equals":
        return TypeTest("IsNull", left)
    kind = _compared_as(left, right)
    if kind == "boolean" and ordering != "Equals":
        raise definition_error("KF215", "true and false have no order: compare them with == or !=")
    assert isinstance(right, Value | str | int | float | bool)  # noqa: S101  what _compared_as has admitted
    return Comparison(ordering, left, right, kind)


def kind_of(value: object) -> str | None:
    """The type that a value or a scalar literal is known to have."""
    if isinstance(value, Value):
        return value.kind
    return next((kind for literal, kind in _LITERAL_KINDS if isinstance(value, literal)), None)


def _compared_as(left: Value, right: object) -> str:
    known = left.kind
    if isinstance(right, Value):
        found = right.kind
        if known is None and found is None:
            raise definition_error(
                "KF215", f"{left!r} and {right!r} have no known type to compare by", hint="say it: value.as_number()"
            )
    else:
        found = kind_of(right)
        if found is None:
            raise definition_error("KF215", f"cannot compare {left!r} with {right!r}")
        problem = json_values.problem(right)
        if problem is not None:
            raise definition_error("KF215", problem)
        if known == "timestamp" and found == "string":
            return "timestamp"
    if known is not None and found is not None and known != found:
        raise definition_error("KF215", f"{left!r} is of type {known}, so it never compares with {right!r}")
    return known or found or "string"
