"""Where a member of an undoing call comes from: `result.Key.KeyId`, `input.GroupName?`, `[input.Id]`."""

from __future__ import annotations

from enum import Enum

from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern

_WORDS = lazy_pattern(
    r"(?P<list>\[)?(?P<whole>keys|part)?\(?(?P<root>input|result)(?P<path>(?:\.\w+(?:\[\d*\])?)+)(?P<given>\?)?"
)
_STEP = lazy_pattern(r"\.(\w+)(\[(\d*)\])?")
TOKEN = "token"  # noqa: S105  a word of the file, no password


class Root(Enum):
    """What a member comes from: the arguments of the call that is undone, or its result."""

    INPUT = "input"
    RESULT = "result"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A member of an undoing call.

    It is a value of its own (`literal`, JSON; or a `token` that the caller makes up), or what lies at `path` of the
    arguments or the result of the call that is undone. In a path, a number is an entry of a list, and None stands for
    every entry. `optional` ones are given where the call that is undone was given them. `wrapped` ones are a list with
    that one entry; of `keys`, the keys of a map are meant; of a `part`, some members, which only the caller knows.
    """

    root: Root | None = None
    path: tuple[str | int | None, ...] = ()
    literal: str | None = None
    optional: bool = False
    wrapped: bool = False
    keys: bool = False
    part: bool = False

    @classmethod
    def read(cls, words: str) -> Member:
        """A member as the file writes it (`scripts/undoing.py` tells the form)."""
        found = _WORDS.match(words)
        if found is None:
            return cls(literal=None if words == TOKEN else words)
        path: list[str | int | None] = []
        for name, is_list, index in _STEP.findall(found["path"]):
            path.append(name)
            if is_list:
                path.append(int(index) if index else None)
        return cls(
            root=Root(found["root"]),
            path=tuple(path),
            optional=found["given"] is not None,
            wrapped=found["list"] is not None,
            keys=found["whole"] == "keys",
            part=found["whole"] == "part",
        )

    @property
    def is_token(self) -> bool:
        """Whether it is a token that the caller makes up."""
        return self.root is None and self.literal is None
