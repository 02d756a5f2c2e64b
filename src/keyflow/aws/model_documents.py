"""botocore's model files as documents of which only that is parsed which is asked for: a build needs a hundredth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern

_ENTRY = b'\n    "'
"""How an entry of a section begins: the files are indented by two for each level, and no text has such a line in it."""
_NAME = lazy_pattern(_ENTRY + rb'([^"]+)":')


class Entries(Mapping[str, Any]):
    """The entries of a section by their names, each parsed when it is first read."""

    def __init__(self, texts: Mapping[str, bytes], parsed: Mapping[str, Any]) -> None:
        self._texts, self._parsed = texts, dict(parsed)
        self._names = texts.keys() or self._parsed.keys()

    def __getitem__(self, name: str) -> Any:
        if name not in self._parsed:
            self._parsed[name] = json.loads(self._texts[name].decode().rstrip(", \n"))
        return self._parsed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def with_member(self, member: str) -> Iterator[str]:
        """The names of those that have a member of this name; no other is parsed."""
        word = f'"{member}"'.encode()
        return (name for name in self if word in self._texts.get(name, word) and member in self[name])


@dataclass(frozen=True, slots=True)
class ModelDocument:
    """What a model file says."""

    metadata: Mapping[str, Any]
    operations: Entries
    shapes: Entries


def document_of(content: bytes) -> ModelDocument:
    """What a model file says. A file that is not written as botocore's are is parsed whole."""
    try:
        metadata, end = _section(content, b"metadata", 0)
        operations, end = _section(content, b"operations", end)
        shapes, _end = _section(content, b"shapes", end)
        return ModelDocument(json.loads(b"{%b}" % bytes(metadata)), _entries(operations), _entries(shapes))
    except ValueError:
        whole = json.loads(content)
        return ModelDocument(whole["metadata"], Entries({}, whole["operations"]), Entries({}, whole["shapes"]))


def _entries(section: memoryview) -> Entries:
    _before, *parts = _NAME.split(section)
    return Entries(dict(zip(map(bytes.decode, parts[::2]), parts[1::2], strict=True)), {})


def _section(content: bytes, name: bytes, after: int) -> tuple[memoryview, int]:
    """The lines of a section, from the end of its first one on, and where they end.

    Raises:
        ValueError: After that place none begins as it should.
    """
    start = content.index(b"{", content.index(b'\n  "%b":' % name, after)) + 1
    if not content.startswith(_ENTRY, start):
        raise ValueError(f"the section {name!r} is written in another way")
    end = content.index(b"\n  }", start)
    return memoryview(content)[start:end], end
