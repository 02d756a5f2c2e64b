"""Signatures of functions, `<s-nn?:s>`: which arguments one takes, and what is made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, Final

from keyflow.jsonata_language.errors import JsonataError
from keyflow.jsonata_language.values import NOTHING, symbol_of

_ARRAYS_OF = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}
_ANY: Final = {"a": "[asnblfom]", "f": "f", "j": "[asnblom]", "x": "[asnblfom]"}


class _Parameter:
    """One parameter: its kind, and what the letters of the arguments for it look like."""

    def __init__(self, kind: str, pattern: str) -> None:
        self.kind, self.pattern = kind, pattern
        self.context = ""
        self.subtype: str | None = None


class Signature:
    """What a function takes; each kind of value has a letter, and the arguments' letters must match."""

    def __init__(self, parameters: Sequence[_Parameter]) -> None:
        self._parameters = parameters
        self._takes_any = len(parameters) == 1 and parameters[0].kind == "x"
        self._matched: dict[str, tuple[str, ...] | None] = {}

    @staticmethod
    @lru_cache(maxsize=512)
    def parse(text: str) -> Signature:
        """The signature that is written so; raises `JsonataError`."""
        parameters: list[_Parameter] = []
        position = 1
        while position < len(text) and text[position] != ":":
            letter = text[position]
            last = parameters[-1] if parameters else _Parameter("", "")
            if letter in "snblo":
                parameters.append(_Parameter(letter, f"[{letter}m]"))
            elif letter in _ANY:
                parameters.append(_Parameter(letter, _ANY[letter]))
            elif letter == "-":
                last.context, last.pattern = last.pattern, f"{last.pattern}?"
            elif letter in "?+":
                last.pattern += letter
            elif letter == "(":
                end = _closing(text, position, "(", ")")
                choice = text[position + 1 : end]
                if "<" in choice:
                    raise JsonataError("S0402", value=choice)
                parameters.append(_Parameter(f"({choice})", f"[{choice}m]"))
                position = end
            elif letter == "<":
                if last.kind not in ("a", "f"):
                    raise JsonataError("S0401", value=last.kind)
                end = _closing(text, position, "<", ">")
                last.subtype, position = text[position + 1 : end], end
            position += 1
        return Signature(parameters)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Compiled when it is first asked: few of the functions are called."""
        return re.compile("".join(f"({each.pattern})" for each in self._parameters))

    def check(self) -> None:
        """Raises `JsonataError` where it makes no sense."""
        try:
            self._pattern  # noqa: B018
        except re.error as error:
            raise JsonataError("U1004", value=f"a signature makes no sense: {error}") from None

    def taken(self, arguments: Sequence[Any], context: Any) -> list[Any]:
        """The arguments as the function gets them, one for each parameter at least; raises `JsonataError`."""
        if self._takes_any and len(arguments) == 1:
            return [*arguments]
        letters = "".join(map(symbol_of, arguments))
        if letters not in self._matched:
            found = self._pattern.fullmatch(letters)
            self._matched[letters] = None if found is None else found.groups()
        groups = self._matched[letters]
        if groups is None:
            raise self._mismatch(arguments, letters)
        taken: list[Any] = []
        index = 0
        for parameter, matched in zip(self._parameters, groups, strict=True):
            argument = arguments[index] if index < len(arguments) else NOTHING
            if matched:
                for single in matched:
                    if parameter.kind == "a":
                        argument = self._array(parameter, arguments, index, single, matched)
                    taken.append(argument)
                    index += 1
            elif parameter.context:
                if re.match(parameter.context, symbol_of(context)) is None:
                    raise JsonataError("T0411", value=context, index=index + 1)
                taken.append(context)
            else:
                taken.append(argument)
                index += 1
        return taken

    @staticmethod
    def _array(parameter: _Parameter, arguments: Sequence[Any], index: int, single: str, matched: str) -> Any:
        if single == "m":
            return NOTHING
        argument = arguments[index]
        if parameter.subtype is not None:
            if single == "a":
                fits = len(set(map(symbol_of, argument))) <= 1
                fits = fits and (not argument or symbol_of(argument[0]) == parameter.subtype[:1])
            else:
                fits = matched == parameter.subtype
            if not fits:
                kinds = _ARRAYS_OF.get(parameter.subtype)
                raise JsonataError("T0412", value=argument, index=index + 1, type=kinds)
        return argument if single == "a" else [argument]

    def _mismatch(self, arguments: Sequence[Any], letters: str) -> JsonataError:
        pattern, good = "", 0
        for parameter in self._parameters:
            pattern += parameter.pattern
            found = re.match(pattern, letters)
            if found is None:
                break
            good = found.end()
        value = arguments[good] if good < len(arguments) else None
        return JsonataError("T0410", value=value, index=good + 1)


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    depth, position = 1, start
    while position < len(text):
        position += 1
        sign = text[position : position + 1]
        if sign == closing:
            depth -= 1
            if not depth:
                break
        elif sign == opening:
            depth += 1
    return position
