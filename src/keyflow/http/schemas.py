"""The schemas of routes, among the others of the document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.dsl.draft4 import DEFINITIONS, draft4

PLACE = "#/components/schemas/"


def add_schema(schema: Mapping[str, Any], fallback: str, schemas: dict[str, JSON]) -> str:
    """Puts a schema, and those that it defines, under its title; two different ones never share a name.

    Returns:
        The schema's name among `schemas`.
    """
    wanted = _letters(str(schema.get("title", ""))) or fallback
    name, number = wanted, 2
    while any(schemas.get(each, made) != made for each, made in _made(schema, name).items()):
        name, number = f"{wanted}{number}", number + 1
    schemas |= _made(schema, name)
    return name


def _made(schema: Mapping[str, Any], name: str) -> dict[str, JSON]:
    """The schema under a name, and its definitions under names that begin with it: API Gateway knows no inner ones."""
    inner = {key: each for word in DEFINITIONS for key, each in schema.get(word, {}).items()}
    names: dict[str, str] = {"": name}
    for key in inner:
        begun = name + (_letters(key)[:1].upper() + _letters(key)[1:] or "Definition")
        alike = sum(re.fullmatch(rf"{begun}\d*", each) is not None for each in names.values())
        names[key] = f"{begun}{alike + 1}" if alike else begun

    def referred(key: str) -> str:
        return PLACE + names[key]

    return {names[key]: draft4(each, referred) for key, each in {"": schema, **inner}.items()}


def _letters(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)
