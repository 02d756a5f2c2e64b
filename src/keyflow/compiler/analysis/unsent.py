"""Members of the input that none of a workflow's routes sends: each is a slip, or comes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyflow.compiler.analysis.presence import Keys, place_in_input
from keyflow.diagnostics import Diagnostic, Location, did_you_mean
from keyflow.dsl.api import Route
from keyflow.dsl.contents import contents
from keyflow.dsl.definition import Definition
from keyflow.dsl.expressions import TypeTest, Value
from keyflow.dsl.requests import RequestValue, may_be_sent, names_at, parted
from keyflow.dsl.values import Reference


def unsent(workflow: Definition, routes: Sequence[Route]) -> Iterator[Diagnostic]:
    """KF276 for what the workflow reads of its input, and nobody sends.

    Args:
        workflow: What is started.
        routes: All the routes that start it: nothing else does.
    """
    if not routes:
        return
    asked: set[Keys] = set()
    read: dict[Keys, tuple[Reference, Location]] = {}
    for each, location in contents(workflow):
        if isinstance(each, TypeTest) and each.name == "IsPresent":
            asked.add(_keys(each.value))
        elif isinstance(each, Reference) and _keys(each):
            read.setdefault(_keys(each), (each, location))
    for keys, (value, location) in read.items():
        if not any(keys[:length] in asked for length in range(1, len(keys) + 1)):
            yield from _unsent(keys, value, location, routes)


def _keys(value: Value) -> Keys:
    """Where a value lies in the input; nothing where it lies elsewhere, or is the input itself."""
    place = place_in_input(value) if isinstance(value, Reference) else None
    return () if place is None else place.keys


def _unsent(keys: Keys, value: Reference, location: Location, routes: Sequence[Route]) -> Iterator[Diagnostic]:
    parting = parted(keys, lambda part: any(_sends(route, part) for route in routes))
    if parting is None:
        return
    before, missing = parting
    known = {name for route in routes if _sends(route, before) for name in _known(route, before)}
    names = ", ".join(f"{route.method.upper()} {route.path}" for route in routes)
    said = f"which sends {', '.join(sorted(known))}" if known else "which sends nothing there"
    message = f"{value!r}: {missing!r} is nothing that {names} sends"
    hint = did_you_mean(missing, sorted(known)) or f"add it to the route, {said}; or ask value.is_present() first"
    yield Diagnostic("KF276", message, location, hint)


def _sends(route: Route, keys: Keys) -> bool:
    return may_be_sent(route.input, route.request, keys)


def _known(route: Route, keys: Keys) -> Iterator[str]:
    """The names that a route sends at a path, where it sends something."""
    tree: Any = route.input
    for index, key in enumerate(keys):
        if isinstance(tree, RequestValue):
            yield from names_at(route.request or {}, (*tree.keys, *keys[index:]))
            return
        tree = tree[key]
    if isinstance(tree, RequestValue):
        yield from names_at(route.request or {}, tree.keys)
    elif isinstance(tree, Mapping):
        yield from map(str, tree)
