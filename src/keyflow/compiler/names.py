"""Names for what the compiler adds: unique among themselves and beside the user's, within AWS's limit."""

from __future__ import annotations

import re
from collections.abc import Iterable

from keyflow.asl.quotas import STATE_NAME_CHARACTERS


class Names:
    """Hands out names that nothing else has; the user's own are taken from the start.

    `separator` stands before the number of a name that is wanted again.
    """

    def __init__(self, taken: Iterable[str], separator: str = " ") -> None:
        self._taken = set(taken)
        self._separator = separator

    def unique(self, wanted: str) -> str:
        """`wanted`, shortened and numbered where that is needed."""
        name = shortened(wanted, STATE_NAME_CHARACTERS)
        number = 2
        while name in self._taken:
            suffix = f"{self._separator}{number}"
            name = shortened(wanted, STATE_NAME_CHARACTERS - len(suffix)) + suffix
            number += 1
        self._taken.add(name)
        return name

    @property
    def taken(self) -> frozenset[str]:
        """The names that something has."""
        return frozenset(self._taken)


def shortened(name: str, limit: int) -> str:
    """A name of at most so many characters, with a sign where the rest was."""
    return name if len(name) <= limit else name[: limit - 1].rstrip() + "…"


def identifier(name: str) -> str:
    """A name as a camelCase key: `Create Api Key` -> `createApiKey`."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    key = "".join(word[:1].upper() + word[1:] for word in words)
    key = key[:1].lower() + key[1:]
    return key if key and not key[0].isdigit() else f"step{key}"


def joined(names: list[str]) -> str:
    """Names in a phrase: `a and b`, `a and 2 others`."""
    match names:
        case [only]:
            return only
        case [first, second]:
            return f"{first} and {second}"
        case [first, *rest]:
            return f"{first} and {len(rest)} others"
        case _:
            return ""
