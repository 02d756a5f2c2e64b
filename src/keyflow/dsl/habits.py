"""What Python does with its own values, and cannot do with one that only an execution knows: what to write instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from keyflow.diagnostics import DefinitionError, Diagnostic, calling_location, definition_error
from keyflow.python_text import text_literal


class NoSuchMember(DefinitionError, AttributeError):
    """A member of a value was asked for with a dot."""


_IN_A_FUNCTION = "Step Functions has nothing for it: let a function do it, with lambda_.invoke(...)"
_METHODS = {
    "get": "write value['name']; value['name'].is_present() asks whether it is there",
    "items": "write with workflow.map('Name', value) as each: for the entries of an array",
    "values": "write with workflow.map('Name', value) as each: for the entries of an array",
    "append": "write intrinsics.array(first, second) for a new array",
    "update": "write intrinsics.json_merge(value, other)",
    "split": "write intrinsics.string_split(value, ',')",
    "join": "write format('{},{}', first, second) with keyflow's format",
    "format": "write format('{}', value) with keyflow's format",
    "encode": "write intrinsics.base64_encode(value)",
    "startswith": "write value.matches('beginning*')",
    "endswith": "write value.matches('*end')",
    "index": "write intrinsics.array_contains(value, element)",
    "count": "write intrinsics.array_length(value)",
    "isoformat": "a moment is text already: write value",
}
_OF_PYTHON = frozenset(each for kind in (str, dict, list, int, float) for each in dir(kind))


class NoText:
    """What Python is asked to show as text, and has none yet: raises a `DefinitionError` (KF212)."""

    if not TYPE_CHECKING:

        def __format__(self, _specification: str) -> NoReturn:
            raise definition_error(
                "KF212",
                f"{self!r} is known only when the workflow runs, so it has no text to put into a Python string",
                hint="write keyflow.format('{}-{}', first, second); to look at it, print(repr(value))",
            )

        def __str__(self) -> str:
            return self.__format__("")


class Habits(NoText):
    """Operators and methods of Python's own values, which raise a `DefinitionError` (KF211, KF212, KF273, KF274)."""

    # Type checkers see none of them: to them, and to editors, the expression is the error that it is.
    if not TYPE_CHECKING:

        def __add__(self, other: object) -> NoReturn:
            raise _added(self, other, "{}" + _shown(other))

        def __radd__(self, other: object) -> NoReturn:
            raise _added(self, other, _shown(other) + "{}")

        def __sub__(self, other: object) -> NoReturn:
            is_number = isinstance(other, int | float) and not isinstance(other, bool)
            raise _computed(self, "-", f"write intrinsics.math_add(value, {-other})" if is_number else _IN_A_FUNCTION)

        def __rsub__(self, _other: object) -> NoReturn:
            raise _computed(self, "-", _IN_A_FUNCTION)

        def __mul__(self, _other: object) -> NoReturn:
            raise _computed(self, "*", _IN_A_FUNCTION)

        __rmul__ = __mul__

        def __truediv__(self, _other: object) -> NoReturn:
            raise _computed(self, "/", _IN_A_FUNCTION)

        __rtruediv__ = __floordiv__ = __rfloordiv__ = __truediv__

        def __mod__(self, _other: object) -> NoReturn:
            raise _computed(self, "%", _IN_A_FUNCTION)

        __rmod__ = __mod__

        def __pow__(self, _other: object) -> NoReturn:
            raise _computed(self, "**", _IN_A_FUNCTION)

        __rpow__ = __pow__

        def __neg__(self) -> NoReturn:
            raise _computed(self, "-", _IN_A_FUNCTION)

        __pos__ = __abs__ = __neg__

        def __round__(self, _digits: int | None = None) -> NoReturn:
            raise _computed(self, "round", _IN_A_FUNCTION)

        __floor__ = __ceil__ = __trunc__ = __round__

        def __int__(self) -> NoReturn:
            raise _computed(
                self, "int", "compare it as a number with value.as_number(); to make one of text, " + _PARSED
            )

        __float__ = __index__ = __complex__ = __int__

        def __len__(self) -> NoReturn:
            raise _decided(self, "Python cannot count it", "write intrinsics.array_length(value)")

        def __contains__(self, _element: object) -> NoReturn:
            hint = "write intrinsics.array_contains(value, element); of a text: value.matches('*part*')"
            raise _decided(self, "Python cannot look into it", hint)

        def __iter__(self) -> NoReturn:
            hint = "write with workflow.map('Name', value) as each: and the steps below"
            raise _decided(self, "Python cannot loop over it", hint)

        def __bool__(self) -> NoReturn:
            hint = "use workflow.when(...) or workflow.fail_if(...), and & | ~ in place of and, or, not"
            raise _decided(self, "Python cannot decide by it", hint)

        def __and__(self, _other: object) -> NoReturn:
            raise definition_error(
                "KF215",
                f"& and | join conditions, not {self!r}",
                hint="put each comparison in parentheses: (a == 1) & (b == 2)",
            )

        __rand__ = __or__ = __ror__ = __and__

        def __reversed__(self) -> NoReturn:
            raise _computed(self, "reversed", _IN_A_FUNCTION)

        def __call__(self, *_arguments: Any, **_named: Any) -> NoReturn:
            raise _computed(self, "a call", "a value is no function: write value['name'] for a member of it")

        def __setitem__(self, _key: object, _value: object) -> NoReturn:
            raise _computed(self, "an assignment", "write the new object where it is used: {'name': other}")

        __delitem__ = __setitem__

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            raise no_such_member(self, name)


_PARSED = "write intrinsics.string_to_json(value)"


def no_such_member(value: object, name: str) -> NoSuchMember:
    """What to say of a member that is asked for with a dot."""
    if name in _METHODS or name in _OF_PYTHON:
        message, hint = f"{value!r} has no method {name}: it is known only when the workflow runs", _METHODS.get(name)
    else:
        message, hint = f"a member of {value!r} is named in brackets", f"write value[{text_literal(name)}]"
    return NoSuchMember(Diagnostic("KF274", message, calling_location(), hint or _IN_A_FUNCTION))


def _shown(other: object) -> str:
    return re.sub(r"[{}]", r"", other) if isinstance(other, str) else "{}"


def _added(value: Habits, other: object, template: str) -> DefinitionError:
    """`+` joins texts, adds numbers, or joins lists: what is meant shows in what stands beside the value."""
    if isinstance(other, str):
        return definition_error(
            "KF212", f"+ puts {value!r} into a Python string", hint=f"write format({template!r}, value)"
        )
    if isinstance(other, int | float):
        return _computed(value, "+", f"write intrinsics.math_add(value, {other})")
    if isinstance(other, list | tuple):
        return _computed(value, "+", "write intrinsics.array(first, second) for an array of values")
    if isinstance(other, dict):
        return _computed(value, "+", "write intrinsics.json_merge(first, second)")
    kinds = {getattr(value, "kind", None), getattr(other, "kind", None)}
    hint = "format('{}{}', first, second) joins texts, intrinsics.math_add(first, second) adds whole numbers"
    if kinds & {"string"}:
        hint = "write format('{}{}', first, second)"
    elif kinds & {"number"}:
        hint = "write intrinsics.math_add(first, second)"
    return _computed(value, "+", hint)


def _computed(value: object, what: str, hint: str) -> DefinitionError:
    message = f"{value!r} is known only when the workflow runs, so Python cannot compute with it ({what})"
    return definition_error("KF273", message, hint=hint)


def _decided(value: object, so: str, hint: str) -> DefinitionError:
    return definition_error("KF211", f"{value!r} is known only when the workflow runs, so {so}", hint=hint)
