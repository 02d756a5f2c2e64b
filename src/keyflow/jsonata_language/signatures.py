"""Signatures of functions, `<s-nn?:s>`: which arguments one takes, and what is made of them.

Each kind of value has a letter, and `m` is that of a missing one. A signature says for each parameter which letters it
takes, and how many arguments. Which arguments are whose depends on their letters alone, so that it is found out once.
Source: https://docs.jsonata.org/embedding-extending#function-signature-syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from keyflow.dataclass import dataclass
from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.values import NOTHING, symbol_of
from keyflow.lazy import lazy_pattern

_MANY = 2**31
_ALL: Final = frozenset("asnblfom")
_TAKES = {
    "a": _ALL, "x": _ALL, "j": _ALL - {"f"}, "f": frozenset("f"), **{kind: frozenset(kind + "m") for kind in "snblo"},
}  # fmt: skip
_ELEMENTS = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}
_WORD = lazy_pattern(r"\((?P<choice>[^)]*)\)?|(?P<kind>[snbloafjx])|(?P<modifier>[-?+])|(?P<open><)|.", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter.

    Attributes:
        kind: The letter of its kind, or the choice in its parentheses.
        letters: The kinds of values that it takes.
        least: How many arguments it takes at least: 0 or 1.
        most: How many it takes at most.
        is_modest: Whether it leaves to those after it what they can take, too.
        context: The kinds of context values that stand for it where it is left out; None where none does.
        elements: The kind of the elements of its arrays; None where they may be any.
    """

    kind: str
    letters: frozenset[str]
    least: int = 1
    most: int = 1
    is_modest: bool = False
    context: frozenset[str] | None = None
    elements: str | None = None

    def modified(self, sign: str) -> Parameter:
        """The parameter with `?`, `+` or `-` after it."""
        if sign == "-":
            accepted = self.letters if self.least else _ALL
            return replace(self.modified("?"), context=accepted)
        if sign == "+":
            if not self.least or self.most > 1:
                raise JsonataError("U1004", value="a signature makes no sense: + follows ?, + or -")
            return replace(self, most=_MANY)
        if self.least and self.most == 1:
            return replace(self, least=0)
        return replace(self, is_modest=True)


Taking = Callable[[Sequence[Any], Any], Any]
"""What a function gets for one of its parameters, of the arguments and the context value."""


class Signature:
    """What a function takes."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._parameters = tuple(parameters)
        self._takes_any = len(parameters) == 1 and parameters[0].kind == "x"
        self._takings: dict[str, Sequence[Taking] | None] = {}

    @staticmethod
    @lru_cache(maxsize=512)
    def parse(text: str) -> Signature:
        """The signature that is written so, from `<` on; raises `JsonataError`."""
        parameters: list[Parameter] = []
        position = 1
        while position < len(text) and text[position] != ":":
            word = _WORD.match(text, position)
            assert word is not None  # noqa: S101  the last alternative takes any character
            position = word.end()
            if word["kind"]:
                parameters.append(Parameter(kind=word["kind"], letters=_TAKES[word["kind"]]))
            elif word["choice"] is not None:
                parameters.append(_choice(word["choice"]))
            elif word["modifier"] and parameters:
                parameters[-1] = parameters[-1].modified(word["modifier"])
            elif word["open"]:
                end = _end_of_type(text, position)
                parameters[-1:] = [_of_elements(parameters[-1:], text[position : end - 1])]
                position = end
        return Signature(parameters)

    def taken(self, arguments: Sequence[Any], context: Any) -> Sequence[Any]:
        """The arguments as the function gets them, one for each parameter at least; raises `JsonataError`."""
        if self._takes_any and len(arguments) == 1:
            return arguments
        letters = "".join(map(symbol_of, arguments))
        if letters in self._takings:
            takings = self._takings[letters]
        else:
            takings = self._takings[letters] = self._distributed(letters)
        if takings is None:
            raise self._mismatch(arguments, letters)
        return [take(arguments, context) for take in takings]

    def _distributed(self, letters: str) -> Sequence[Taking] | None:
        """How each parameter gets its share of arguments with these letters; None where they do not fit."""
        counts = _counts(self._parameters, letters)
        if counts is None:
            return None
        takings: list[Taking] = []
        index = 0
        for parameter, count in zip(self._parameters, counts, strict=True):
            share = letters[index : index + count]
            if share:
                takings += _takings(parameter, index, share)
                index += count
            elif parameter.context is not None:
                takings.append(_of_context(parameter.context, index))
            else:  # what is left out takes the place of one argument nevertheless
                takings.append(_at(index))
                index += 1
        return takings

    def _mismatch(self, arguments: Sequence[Any], letters: str) -> JsonataError:
        """The error about the first argument that no beginning of the signature takes."""
        fitting = 0
        for count in range(1, len(self._parameters) + 1):
            counts = _counts(self._parameters[:count], letters, is_whole=False)
            if counts is None:
                break
            fitting = sum(counts)
        value = arguments[fitting] if fitting < len(arguments) else None
        return JsonataError("T0410", value=value, index=fitting + 1)


def _choice(kinds: str) -> Parameter:
    if "<" in kinds:
        raise JsonataError("S0402", value=kinds)
    return Parameter(kind=f"({kinds})", letters=frozenset(kinds + "m"))


def _of_elements(last: Sequence[Parameter], elements: str) -> Parameter:
    if not last or last[0].kind not in ("a", "f"):
        raise JsonataError("S0401", value=last[0].kind if last else "")
    return replace(last[0], elements=elements)


def _end_of_type(text: str, start: int) -> int:
    """The position after the `>` that closes a `<` in front of a position."""
    depth = 1
    for position in range(start, len(text)):
        depth += (text[position] == "<") - (text[position] == ">")
        if not depth:
            return position + 1
    return len(text) + 1


def _counts(parameters: Sequence[Parameter], letters: str, *, is_whole: bool = True) -> tuple[int, ...] | None:
    """How many arguments each parameter takes, each as many as it can; None where the letters do not fit."""
    if not parameters:
        return None if letters and is_whole else ()
    first, rest = parameters[0], parameters[1:]
    most = 0
    while most < first.most and most < len(letters) and letters[most] in first.letters:
        most += 1
    choices = range(first.least, most + 1)
    for count in choices if first.is_modest else reversed(choices):
        others = _counts(rest, letters[count:], is_whole=is_whole)
        if others is not None:
            return (count, *others)
    return None


def _takings(parameter: Parameter, index: int, share: str) -> list[Taking]:
    """How a parameter takes its share of the arguments; but for arrays, it is given the first one as often."""
    if parameter.kind != "a":
        return [_at(index)] * len(share)
    return [_array_at(parameter, place, share) for place in range(index, index + len(share))]


def _of_context(accepted: frozenset[str], index: int) -> Taking:
    def take(_arguments: Sequence[Any], context: Any) -> Any:
        if symbol_of(context) not in accepted:
            raise JsonataError("T0411", value=context, index=index + 1)
        return context

    return take


def _at(index: int) -> Taking:
    return lambda arguments, _context: arguments[index] if index < len(arguments) else NOTHING


def _array_at(parameter: Parameter, index: int, share: str) -> Taking:
    """One value stands for an array of it."""

    def take(arguments: Sequence[Any], _context: Any) -> Any:
        argument: Any = arguments[index] if index < len(arguments) else NOTHING
        if argument is NOTHING:
            return NOTHING
        is_array = symbol_of(argument) == "a"
        if parameter.elements is not None:
            kinds = set(map(symbol_of, argument)) if is_array else set()
            fits = kinds <= {parameter.elements[:1]} if is_array else share == parameter.elements
            if not fits:
                raise JsonataError("T0412", value=argument, index=index + 1, type=_ELEMENTS.get(parameter.elements))
        return argument if is_array else [argument]

    return take
