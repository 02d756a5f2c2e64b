"""Two OpenAPI documents, by route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.asl.fields import ABSENT, JSON
from keyflow.differences.edit import Edit, Kind, Thing
from keyflow.differences.members import Place, names, value_differences

_METHODS = {name: name.upper() for name in ("get", "put", "post", "delete", "options", "head", "patch", "trace")}
_METHODS["x-amazon-apigateway-any-method"] = "ANY"
"""The members of a path that are routes, with what they are called.

Source: https://spec.openapis.org/oas/v3.0.3#path-item-object and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html
"""
_SCHEMA = "#/components/schemas/"


def api_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Edit, ...]:
    """How two OpenAPI documents differ: the rest of the document, then each route.

    A schema that a route's request names is compared with the route, since it says what callers may send.
    """
    return tuple(_differences(before, after))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Edit]:
    old, new = _routes(before), _routes(after)
    requests = {route: _requested(before, old[route]) & _requested(after, new[route]) for route in new if route in old}
    with_routes = {name for each in requests.values() for name in each}
    rest = [_without_schemas(_without_routes(each), with_routes) for each in (before, after)]
    yield from value_differences(Place(Thing.DOCUMENT), *rest)
    schemas = _schemas(before), _schemas(after)
    for route in names(old, new):
        place = Place(Thing.ROUTE, (route,))
        if route not in old:
            yield place.edit(Kind.ADDED, ABSENT, new[route])
        elif route not in new:
            yield place.edit(Kind.REMOVED, old[route], ABSENT)
        else:
            yield from value_differences(place, old[route], new[route])
            for name in sorted(requests[route]):
                yield from value_differences(place / "requestBody" / name, *(each[name] for each in schemas))


def _routes(document: Mapping[str, Any]) -> dict[str, JSON]:
    return {
        f"{_METHODS[method]} {path}": operation
        for path, item in _mapping(document, "paths").items()
        if isinstance(item, Mapping)
        for method, operation in item.items()
        if method in _METHODS
    }


def _without_routes(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the document says besides its routes; a path with nothing but routes is not in it."""
    if not isinstance(document.get("paths"), Mapping):
        return dict(document)
    paths = {path: _without_methods(item) for path, item in document["paths"].items()}
    rest = {path: item for path, item in paths.items() if item is not ABSENT}
    return {name: rest if name == "paths" else value for name, value in document.items()}


def _without_methods(item: JSON) -> JSON:
    if not isinstance(item, Mapping):
        return item
    rest = {name: value for name, value in item.items() if name not in _METHODS}
    return rest if rest or not item else ABSENT


def _without_schemas(document: dict[str, Any], compared: set[str]) -> dict[str, Any]:
    if not compared:
        return document
    schemas = {name: value for name, value in _schemas(document).items() if name not in compared}
    components = {**document["components"], "schemas": schemas}
    return {name: components if name == "components" else value for name, value in document.items()}


def _requested(document: Mapping[str, Any], operation: JSON) -> set[str]:
    """The schemas that a route's request names, and those that they name."""
    schemas = _schemas(document)
    pending = [operation.get("requestBody") if isinstance(operation, Mapping) else None]
    found: set[str] = set()
    while pending:
        fresh = set(_references(pending.pop())) & schemas.keys() - found
        found |= fresh
        pending += [schemas[name] for name in fresh]
    return found


def _references(tree: JSON) -> Iterator[str]:
    """The schemas of the document that a tree names."""
    match tree:
        case Mapping():
            target = tree.get("$ref")
            if isinstance(target, str) and target.startswith(_SCHEMA):
                yield target.removeprefix(_SCHEMA).replace("~1", "/").replace("~0", "~")
            for value in tree.values():
                yield from _references(value)
        case list() | tuple():
            for element in tree:
                yield from _references(element)


def _schemas(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(_mapping(document, "components"), "schemas")


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}
