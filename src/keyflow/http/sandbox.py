"""Velocity that is evaluated for others: `airspeed`, without Python behind its names, and in bounded steps.

The library looks names up with `getattr`, so that a template reaches Python's own attributes, and with them anything:
`$util.x.__globals__`. Here a name leads to a member of a map, or to one of a few methods; nothing else is there. What a
template may do in all is counted. The library is loaded a second time for it, so that nobody else's is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

from keyflow import bounds
from keyflow.engine.patterns import regex
from keyflow.engine.payload import measure
from keyflow.libraries import library

_STEPS = 50_000
"""Elements that one template reads, and that it evaluates: API Gateway lets #foreach go round 1,000 times.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""
_LARGEST = 1_000_000
"""Characters of a text, and of a number of templates as text: API Gateway's payloads have 10 MB at the most."""
_LONGEST_TEMPLATE, _VALUES = 30_000, 2_000
"""Characters of a template, and values in one of its lists and maps."""
_METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset(("replace", "split", "strip", "lower", "upper", "startswith", "endswith", "title", "join")),
    dict: frozenset(("get", "keys", "values", "items")),
}
"""Python's methods that templates may call, beside those that the library adds for Java's."""


_Bounded = Callable[[Any], Any]


class OutOfBounds(ValueError):
    """A template does more than is evaluated here."""


class Template:
    """A template, read once.

    Raises:
        Exception: It is no Velocity, or takes too much; the library has errors of many types.
    """

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST_TEMPLATE:
            raise OutOfBounds(f"it has more than {_LONGEST_TEMPLATE:,} characters")
        self._engine, self._count = _engine()
        self._template = self._engine.Template(text)
        self._count.reset()
        self._template.ensure_compiled()

    def merge(self, names: Mapping[str, Any]) -> str:
        """The text that the template makes."""
        self._count.reset()
        text: str = self._template.merge(dict(names))
        return text


class _Count:
    """The steps that are left; what is large takes several."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._left = _STEPS

    def step(self, number: int = 1) -> None:
        self._left -= number
        if self._left < 0:
            raise OutOfBounds(f"it takes more than {_STEPS:,} steps")

    def bounded(self, value: Any) -> Any:
        """A value; raises `OutOfBounds` where it is too large to be written out."""
        size = 0
        match value:
            case int() if value.bit_length() > bounds.NUMBER_CHARACTERS * 4:
                raise OutOfBounds("a number is too large")
            case str():
                size = len(value)
                self.step(size // 1_000)
            case dict() | list():
                size, _depth, looked_at = measure(value, _VALUES)
                self.step(looked_at // 10)
            case _:
                pass
        if size > _LARGEST:
            raise OutOfBounds(f"it makes more than {_LARGEST:,} characters")
        return value


@lru_cache(maxsize=1)
def _engine() -> tuple[ModuleType, _Count]:
    """The library, loaded anew, and the count of its steps."""
    library("airspeed")
    spec = find_spec("airspeed.operators")
    assert spec is not None  # noqa: S101  it has just been imported
    assert spec.loader is not None  # noqa: S101
    engine = module_from_spec(spec)
    spec.loader.exec_module(engine)
    count = _Count()
    _count_steps(engine, count)
    _restrict_names(engine, count.bounded)
    _restrict_operators(engine, count.bounded)
    _restrict_texts(engine, count.bounded)
    return engine, count


def _count_steps(engine: Any, count: _Count) -> None:
    element = engine._Element
    read, evaluate = element.__init__, element.evaluate

    def counted_read(self: Any, *arguments: Any) -> None:
        count.step()
        read(self, *arguments)

    def counted_evaluate(self: Any, *arguments: Any) -> Any:
        count.step()
        return evaluate(self, *arguments)

    element.__init__, element.evaluate = counted_read, counted_evaluate


def _restrict_names(engine: Any, bounded: _Bounded) -> None:
    added = {kind: dict(methods) for kind, methods in engine.__additional_methods__.items()}
    added[str]["replaceAll"] = lambda text, pattern, new: regex(bounded(pattern)).sub(str(new), text)
    added[str]["matches"] = lambda text, pattern: regex(pattern).fullmatch(text) is not None

    def member(holder: Any, name: str) -> Any:
        if isinstance(holder, dict):
            try:
                found = holder[name]
            except KeyError:
                found = None
            if found is not None or isinstance(holder, engine.LocalNamespace):
                return found
        kind = next((each for each in (str, list, dict) if isinstance(holder, each)), None)
        if kind is not None and name in added[kind]:
            method = added[kind][name]
            return lambda *arguments: method(holder, *arguments)
        if name in _METHODS.get(kind, ()) if kind is not None else name in getattr(holder, "velocity_methods", ()):
            return getattr(holder, name)
        return None

    def calculate(self: Any, holder: Any, loader: Any, names: Any) -> Any:
        result = member(holder, self.name)
        if result is None:
            return None
        if isinstance(result, engine._FunctionDefinition):
            given = self.parameters.calculate(names, loader) if self.parameters else []
            stream = engine.StoppableStream()
            result.execute_function(stream, names, given or [], loader)
            text = stream.getvalue()
            return f"{text}{self.parameters.my_text()}" if self.parameters and not given else text
        if self.parameters is not None:
            return bounded(_called(result, [bounded(each) for each in self.parameters.calculate(names, loader)]))
        if self.index is not None:
            return _at(result, self.index.calculate(names, loader))
        return result

    engine.NameOrCall.calculate = calculate


def _called(method: Any, arguments: list[Any]) -> Any:
    if not callable(method):
        raise TypeError(f"{method!r} is no method")
    if getattr(method, "__name__", "") in ("replace", "join") and isinstance(getattr(method, "__self__", None), str):
        size = sum(map(len, map(str, arguments))) * (len(method.__self__) + 1)
        if size > _LARGEST * 10:
            raise OutOfBounds(f"it makes more than {_LARGEST:,} characters")
    return method(*arguments)


def _at(holder: Any, index: Any) -> Any:
    if isinstance(holder, list) and not isinstance(index, int):
        raise ValueError(f"expected integer for array index, got {index!r}")
    try:
        return holder[index] if isinstance(holder, list | dict | str) else None
    except (IndexError, KeyError, TypeError):
        return None


def _restrict_operators(engine: Any, bounded: _Bounded) -> None:
    operator = engine.BinaryOperator

    def guarded(sign: str, made: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def calculated(left: Any, right: Any) -> Any:
            if sign in ("*", "%", "/", "-") and not (_is_number(left) and _is_number(right)):
                raise TypeError(f"{sign} takes numbers")
            return bounded(made(bounded(left), bounded(right)))

        return calculated

    operator.OPERATORS = {sign: guarded(sign, made) for sign, made in operator.OPERATORS.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _restrict_texts(engine: Any, bounded: _Bounded) -> None:
    shown = engine.value_to_string
    plain = (str, int, float, bool, dict, list, range, type(None))

    def value_to_string(value: Any) -> str:
        return str(shown(bounded(value))) if isinstance(value, plain) else ""

    class Stream(engine.StoppableStream):  # type: ignore[misc]
        """A stream that takes a bounded number of characters."""

        def write(self, text: str) -> None:
            if self.tell() + len(text) > _LARGEST:
                raise OutOfBounds(f"it makes more than {_LARGEST:,} characters")
            super().write(text)

    engine.value_to_string = value_to_string
    engine.StoppableStream = Stream
