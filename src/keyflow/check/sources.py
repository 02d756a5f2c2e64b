"""Files as documents with positions: JSON, JSON5, or YAML with CloudFormation's tags."""

from __future__ import annotations

import bisect
import contextlib
import itertools
import json
import math
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from keyflow import bounds, json_values
from keyflow.asl import JSON, keys_of_numbers
from keyflow.check import json5
from keyflow.check.json5 import Parsed, SyntaxProblem
from keyflow.check.paths import Path
from keyflow.check.places import PlainPlaces
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Edit
from keyflow.json_values import Unquoted, with_leaves
from keyflow.lazy import lazy_pattern
from keyflow.placeholders import PLACEHOLDER

_IGNORE = lazy_pattern(r"(?:#|//)\s*keyflow:\s*ignore(?:\[([A-Za-z0-9, -]*)\])?")

_WORD = lazy_pattern(r"\w+")


@dataclass(frozen=True, kw_only=True)
class SourceText:
    """A file's text and the document in it; `duplicates` are the paths of keys that stand twice in one object.

    `is_plain` tells that it is JSON without more, which has none.
    """

    file: str
    text: str
    value: JSON
    duplicates: tuple[Path, ...]
    is_yaml: bool = False
    is_plain: bool = False

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of what lies at a path, or of its key; of the nearest thing around it otherwise."""
        for length in range(len(path), -1, -1):
            offset = self._offset(path[:length], key=key or length < len(path))
            if offset is not None:
                return self.position(offset)
        return (1, 1)

    def word(self, path: Path) -> str | None:
        """The plain word of a YAML file at a path, as it is written: `Yes`, whatever that is read as."""
        offset = self._offset(path, key=False) if self.is_yaml else None
        found = None if offset is None else _WORD.match(self.text, offset)
        return None if found is None else found[0]

    def edit(self, path: Path, new: str, *, key: bool) -> Edit | None:
        """What writes another text at a path, or as its key; None where the text there cannot be replaced alone."""
        from keyflow.check.fixes import edit_of

        offset = self._offset(path, key=key)
        old = path[-1] if key and path else self.word(path) if not isinstance(self._at(path), str) else self._at(path)
        if offset is None or not isinstance(old, str):
            return None
        return edit_of(self.text, offset, old, new, is_yaml=self.is_yaml)

    def _at(self, path: Path) -> JSON:
        found: Any = self.value
        for step in path:
            try:
                found = found[step]
            except (LookupError, TypeError):
                return None
        return found

    def _offset(self, path: Path, *, key: bool) -> int | None:
        if self.is_plain:
            place = self._plain_places.of(path)
            return place and (place.key if key else place.value)
        offsets = self._parsed.keys if key else self._parsed.values
        return offsets.get(path, self._parsed.values.get(path))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    @cached_property
    def duplicate_offsets(self) -> Mapping[Path, int]:
        """Where the second of two equal keys stands."""
        return {} if self.is_plain else dict(self._parsed.duplicates)

    @cached_property
    def ignored(self) -> Mapping[int, frozenset[str]]:
        """The codes, or names of rules, that a comment takes out, by line: its own, or the next where it stands alone.

        Empty means all.
        """
        found: dict[int, frozenset[str]] = {}
        for number, line in enumerate(self.text.splitlines(), start=1) if "keyflow:" in self.text else ():
            match = _IGNORE.search(line)
            if match is not None:
                codes = frozenset(code.strip() for code in (match[1] or "").split(",") if code.strip())
                found[number + 1 if not line[: match.start()].strip() else number] = codes
        return found

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines."""
        return self.text.splitlines()

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(r"\n", self.text))]

    @cached_property
    def _plain_places(self) -> PlainPlaces:
        return PlainPlaces(self.text)

    @cached_property
    def _parsed(self) -> Parsed:
        return _parse_yaml(self.text) if self.is_yaml else json5.parse(self.text)


def read(file: str, text: str) -> SourceText:
    """The document in a file's text; its name says whether it is YAML.

    Raises:
        SyntaxProblem: It is no document.
    """
    if file.endswith((".yaml", ".yml")):
        parsed = _parse_yaml(text)
        parsed.value = _settled(parsed.value)
        return _positioned(file, text, parsed, is_yaml=True)
    with contextlib.suppress(ValueError, RecursionError):
        return SourceText(file=file, text=text, value=_strict(text), duplicates=(), is_plain=True)
    return _positioned(file, text, json5.parse(text), is_yaml=False)


def _positioned(file: str, text: str, parsed: Parsed, *, is_yaml: bool) -> SourceText:
    duplicates = tuple(path for path, _offset in parsed.duplicates)
    return SourceText(file=file, text=text, value=parsed.value, duplicates=duplicates, is_yaml=is_yaml)


def _strict(text: str) -> JSON:
    """The document of a text of plain JSON, by the library's reader: it is fast, and knows no positions.

    Raises:
        ValueError: It is no plain JSON, or has a key twice: where, json5 says.
        SyntaxProblem: It is beyond bounds.
    """
    objects = itertools.count(1)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if next(objects) > bounds.VALUES:
            raise SyntaxProblem(bounds.too_many(), 0)
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key stands twice")
        return found

    value = json.loads(
        text,
        object_pairs_hook=members,
        parse_float=json_values.number,
        parse_int=json_values.whole,
        parse_constant=json_values.refuse,
    )
    if json_values.has_half_characters(text):
        raise ValueError(json_values.HALF)
    excess = bounds.excess(value)
    if excess is not None:
        raise SyntaxProblem(excess, 0)
    return value


def _parse_yaml(text: str) -> Parsed:
    import yaml

    loader_class: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = loader_class(text)
        node = loader.get_single_node()
        parsed = Parsed(None)
        parsed.value = None if node is None else _YamlReader(text, loader, parsed).value((), node)
        return parsed
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = mark.index if mark is not None else 0
        raise SyntaxProblem(str(error.problem or error.context), offset) from error
    except RecursionError as error:
        raise SyntaxProblem(bounds.too_deep(), 0) from error
    except (yaml.YAMLError, ValueError) as error:
        raise SyntaxProblem(str(error), 0) from error


def _settled(document: JSON) -> JSON:
    """The document with the placeholders that stand without quotes where a number is wanted; the others are texts.

    In YAML most texts have no quotes. In a template none is a number: SAM and CloudFormation write what stands there as
    JSON, with quotes, before they fill it in (https://github.com/aws/serverless-application-model/issues/1616).
    """
    match document:
        case {"Resources": _}:
            return with_leaves(document, lambda leaf: str(leaf) if isinstance(leaf, Unquoted) else leaf)
        case dict():
            return {key: value if _is_number(key, value) else _settled(value) for key, value in document.items()}
        case list():
            return [_settled(element) for element in document]
        case Unquoted():
            return str(document)
        case _:
            return document


def _is_number(key: str, value: JSON) -> bool:
    return isinstance(value, Unquoted) and key in keys_of_numbers()


class _YamlReader:
    """Makes values of YAML's nodes. A tag of CloudFormation becomes the function that it stands for."""

    def __init__(self, text: str, loader: Any, parsed: Parsed) -> None:
        self._text = text
        self._loader = loader
        self._parsed = parsed
        self._open: set[int] = set()
        self._read = 0
        self._characters = 0

    def value(self, path: Path, node: Any) -> Any:
        if id(node) in self._open:
            raise SyntaxProblem("an alias leads into itself", node.start_mark.index)
        self._parsed.values[path] = node.start_mark.index
        self._open.add(id(node))
        try:
            found = self._plain(path, node)
        finally:
            self._open.discard(id(node))
        if node.tag.startswith("!") and not node.tag.startswith("!!") and len(node.tag) > 1:
            name = node.tag[1:]
            return {name if name in ("Ref", "Condition") else f"Fn::{name}": found}
        return found

    def _plain(self, path: Path, node: Any) -> Any:
        kind = type(node).__name__
        self._read += 1
        if self._read > bounds.VALUES:
            raise SyntaxProblem(bounds.too_many(), node.start_mark.index)
        if kind != "ScalarNode" and len(path) >= bounds.DEPTH:
            raise SyntaxProblem(bounds.too_deep(), node.start_mark.index)
        if kind == "MappingNode":
            return self._mapping(path, node)
        if kind == "SequenceNode":
            return [self.value((*path, index), each) for index, each in enumerate(node.value)]
        self._characters += len(node.value)
        if self._characters > bounds.FILE_BYTES:
            raise SyntaxProblem("its aliases lead to more text than keyflow reads", node.start_mark.index)
        if node.tag.startswith("!") or node.tag.endswith((":timestamp", ":value", ":binary")):
            return node.value
        if node.tag.endswith((":int", ":float")) and len(node.value) > bounds.NUMBER_CHARACTERS:
            raise SyntaxProblem(f"{json_values.shortened(node.value)} is too large a number", node.start_mark.index)
        if not node.value.isascii() and not json_values.is_whole(node.value):
            raise SyntaxProblem(json_values.HALF, node.start_mark.index)
        if not node.style and node.value.startswith("${") and PLACEHOLDER.fullmatch(node.value):
            return Unquoted(node.value)
        found = self._loader.construct_object(node)
        if isinstance(found, float) and not math.isfinite(found):
            raise SyntaxProblem(f"JSON has no {node.value}", node.start_mark.index)
        return found

    def _mapping(self, path: Path, node: Any) -> dict[str, Any]:
        members: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag.endswith(":merge"):
                for each in value_node.value if type(value_node).__name__ == "SequenceNode" else [value_node]:
                    found = self._plain(path, each)
                    for name, value in found.items() if isinstance(found, dict) else ():
                        merged.setdefault(name, value)
                continue
            raw = self._plain((), key_node)
            key = raw if isinstance(raw, str) else str(key_node.value)
            inner = (*path, key)
            if key in members:
                self._parsed.duplicates.append((inner, key_node.start_mark.index))
            self._parsed.keys[inner] = key_node.start_mark.index
            members[key] = self.value(inner, value_node)
        return {**merged, **members}
