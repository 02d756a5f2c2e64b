"""Where the parts of a text of plain JSON stand: only what lies on the way to a place is looked at, by C."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from keyflow.check.paths import Path
from keyflow.lazy import lazy_pattern

_decode = json.JSONDecoder().raw_decode
_BLANK = lazy_pattern(r"[ \t\n\r]*+")


class Place(NamedTuple):
    """The offsets of a key and its value; of an element of an array, both are where it begins."""

    key: int
    value: int


class PlainPlaces:
    """The places in one text, which `json.loads` can read, and which has no key twice in an object."""

    def __init__(self, text: str) -> None:
        self._text = text
        start = self._blank(0)
        self._places: dict[Path, Place] = {(): Place(start, start)}
        self._opened: set[Path] = set()

    def of(self, path: Path) -> Place | None:
        """Where a part stands; None where there is none."""
        if path and path not in self._places:
            around = path[:-1]
            place = self.of(around)
            if place is not None and around not in self._opened:
                self._opened.add(around)
                self._places.update({(*around, step): found for step, found in self._members(place.value).items()})
        return self._places.get(path)

    def _members(self, offset: int) -> Mapping[str | int, Place]:
        """The members of the object, or the elements of the array, that begins at an offset."""
        match self._text[offset]:
            case "{":
                return dict(self._object(self._blank(offset + 1)))
            case "[":
                return dict(enumerate(self._array(self._blank(offset + 1))))
            case _:
                return {}

    def _object(self, offset: int) -> Iterator[tuple[str, Place]]:
        while self._text[offset] != "}":
            key, end = _decode(self._text, offset)
            value = self._blank(self._blank(end) + 1)
            yield key, Place(offset, value)
            offset = self._next(value)

    def _array(self, offset: int) -> Iterator[Place]:
        while self._text[offset] != "]":
            yield Place(offset, offset)
            offset = self._next(offset)

    def _next(self, value: int) -> int:
        """What stands behind a value and its comma."""
        end = self._blank(_decode(self._text, value)[1])
        return self._blank(end + 1) if self._text[end] == "," else end

    def _blank(self, offset: int) -> int:
        match = _BLANK.match(self._text, offset)
        return match.end() if match else offset
