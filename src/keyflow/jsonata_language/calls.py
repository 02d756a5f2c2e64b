"""What can be called: functions of an expression, built-in ones, and those that are made of others.

A call takes its arguments, the value at which it stands, the run, and how deep it is nested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.signatures import Signature
from keyflow.jsonata_language.values import NOTHING, Function

DEEPEST = 100
"""How deep parts of an expression may nest while it is evaluated, as Step Functions has it."""


class Run:
    """One evaluation, and how much it may still do."""

    __slots__ = ("left", "matches", "now")

    def __init__(self, steps: int, matches: Callable[[str, bool, bool], Any], now: Callable[[], int]) -> None:
        self.left, self.matches, self.now = steps, matches, now

    def spend(self, steps: int) -> None:
        """Takes steps off what is left; raises `JsonataError`."""
        self.left -= steps
        if self.left < 0:
            raise JsonataError("U1002")


class Frame:
    """The names of a block or a function's body, and where to look for others."""

    __slots__ = ("depth", "names", "parent", "run")

    def __init__(self, parent: Frame | None, names: Any, run: Run, depth: int) -> None:
        self.parent, self.names, self.run, self.depth = parent, names, run, depth

    def find(self, name: str) -> Any:
        """The value of a name, `NOTHING` where it has none."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.parent
        return NOTHING


_Made = TypeVar("_Made")
Evaluate = Callable[[Any, Frame], Any]
"""A part of an expression as a function of the value at which it stands, and of the names."""


class Code(NamedTuple):
    """A body: how it is evaluated, how deep its parts nest, and how it is evaluated where that may be too deep."""

    evaluate: Evaluate
    deepest: int
    guarded: Callable[[], Evaluate]

    def run(self, value: Any, frame: Frame) -> Any:
        """The value of the body."""
        if frame.depth + self.deepest > DEEPEST:
            return self.guarded()(value, frame)
        return self.evaluate(value, frame)


def late(make: Callable[[], _Made]) -> Callable[[], _Made]:
    """What is made when it is first asked for."""
    made: list[_Made] = []

    def get() -> _Made:
        if not made:
            made.append(make())
        return made[0]

    return get


class Thunk(NamedTuple):
    """A call that is made when the function is over whose last one it is."""

    procedure: Evaluate
    arguments: Sequence[Evaluate]
    value: Any
    frame: Frame


class Lambda(Function):
    """A function that an expression writes."""

    def __init__(
        self, parameters: Sequence[str], body: Code, value: Any, frame: Frame, signature: Signature | None = None
    ) -> None:
        self.parameters, self.body, self.value, self.frame = parameters, body, value, frame
        self.signature = signature
        self.arity = len(parameters)

    def call(self, arguments: Sequence[Any], value: Any, run: Run, depth: int) -> Any:
        if self.signature is not None:
            arguments = self.signature.taken(arguments, value)
        missing = [NOTHING] * (self.arity - len(arguments))
        names = dict(zip(self.parameters, [*arguments, *missing], strict=False))
        return self.body.run(self.value, Frame(self.frame, names, run, depth))


class Native(Function):
    """A built-in function; one that `calls` others is given how, and one that is `timed` the run, as first argument."""

    def __init__(
        self,
        implementation: Callable[..., Any],
        arity: int,
        signature: str | None = None,
        *,
        calls: bool = False,
        timed: bool = False,
        is_truthy: bool = True,
    ) -> None:
        self._implementation = implementation
        self._signature = None if signature is None else Signature.parse(signature)
        self._calls, self._timed = calls, timed
        self.arity, self.is_truthy = arity, is_truthy

    def call(self, arguments: Sequence[Any], value: Any, run: Run, depth: int) -> Any:
        if self._signature is not None:
            arguments = self._signature.taken(arguments, value)
        if self._calls:
            found = self._higher(arguments, run, depth)
        else:
            found = self._implementation(*((run, *arguments) if self._timed else arguments))
        if isinstance(found, str | list):
            run.spend(len(found) >> 6 if isinstance(found, str) else len(found))
        return found

    def _higher(self, arguments: Sequence[Any], run: Run, depth: int) -> Any:
        def call(function: Any, *given: Any) -> Any:
            return apply(function, given, None, run, depth)

        return self._implementation(call, *arguments)


class Passed(Function):
    """A function as an argument: it no longer stands at a value."""

    is_truthy = False

    def __init__(self, function: Any) -> None:
        self.function, self.arity = function, function.arity

    def call(self, arguments: Sequence[Any], _value: Any, run: Run, depth: int) -> Any:
        return apply(self.function, arguments, None, run, depth)


class Chain(Function):
    """One function after another, `$f ~> $g`."""

    arity = 1

    def __init__(self, first: Any, second: Any) -> None:
        self._first, self._second = first, second

    def call(self, arguments: Sequence[Any], value: Any, run: Run, depth: int) -> Any:
        given = arguments[:1] or (NOTHING,)
        return apply(self._second, (apply(self._first, given, value, run, depth),), value, run, depth)


class Given(Function):
    """A built-in function some of whose arguments are given."""

    def __init__(self, function: Any, arguments: Sequence[Any]) -> None:
        self._function, self._arguments = function, arguments[: function.arity]
        self.arity = sum(each is PLACE for each in self._arguments)

    def call(self, arguments: Sequence[Any], _value: Any, run: Run, depth: int) -> Any:
        rest = iter(arguments)
        filled = [next(rest, NOTHING) if each is PLACE else each for each in self._arguments]
        return apply(self._function, filled, NOTHING, run, depth)


PLACE = object()
"""The `?` of a partial application."""


def apply(function: Any, arguments: Sequence[Any], value: Any, run: Run, depth: int) -> Any:
    """What a function gives; raises `JsonataError`, also where it is none."""
    while True:
        run.left -= 1
        if run.left < 0:
            raise JsonataError("U1002")
        if not isinstance(function, Function):
            raise JsonataError("T1006")
        found = function.call(arguments, value, run, depth)  # type: ignore[attr-defined]
        if type(found) is not Thunk:
            return found
        function = found.procedure(found.value, found.frame)
        arguments = [each(found.value, found.frame) for each in found.arguments]


def given(function: Any, arguments: Sequence[Any]) -> Function:
    """A function with some of its arguments given; raises `JsonataError` where it is none."""
    if not isinstance(function, Lambda):
        return Given(function, arguments)
    padded = [*arguments, *[NOTHING] * (function.arity - len(arguments))]
    pairs = list(zip(function.parameters, padded, strict=False))
    names = {name: each for name, each in pairs if each is not PLACE}
    frame = Frame(function.frame, names, function.frame.run, function.frame.depth)
    return Lambda([name for name, each in pairs if each is PLACE], function.body, function.value, frame)
