"""Inputs of a second execution: one about the same things as the first, and one about others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.verify.world.results import Keys


def alike(tree: JSON, other: JSON) -> JSON:
    """A value in which each text says what the other has under the same name."""
    return _with_texts(tree, dict(_texts_by_name(other, "")), "")


def _texts_by_name(tree: JSON, name: str) -> Iterator[tuple[str, str]]:
    match tree:
        case dict():
            for key, value in tree.items():
                yield from _texts_by_name(value, key)
        case str():
            yield name, tree
        case _:
            return


def _with_texts(tree: Any, texts: Mapping[str, str], name: str) -> JSON:
    match tree:
        case dict():
            return {key: _with_texts(value, texts, key) for key, value in tree.items()}
        case str():
            return texts.get(name, tree)
        case _:
            return tree


def otherwise(tree: Any, keys: Keys, kept: set[Keys]) -> JSON:
    """A value that says something else in each text, but for those kept."""
    match tree:
        case dict():
            return {name: otherwise(value, (*keys, name), kept) for name, value in tree.items()}
        case list():
            return [otherwise(value, (*keys, index), kept) for index, value in enumerate(tree)]
        case str() if keys not in kept:
            return f"another {tree}"
        case _:
            return tree
