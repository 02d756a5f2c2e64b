"""What of a request a route passes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyflow.aws import JsonText, OperationCall
from keyflow.dsl.api import Route
from keyflow.dsl.requests import RequestValue
from keyflow.dsl.values import Intrinsic
from keyflow.json_values import leaves


def request_values(route: Route) -> Iterator[RequestValue]:
    """Everything of the request that a route passes on."""
    yield from read_of_request([route.input, route.name])
    if isinstance(route.target, OperationCall):
        yield from read_of_request(route.target.written)


def read_of_request(tree: Any) -> Iterator[RequestValue]:
    """Every part of the request that stands in a tree, as often as it does."""
    for leaf in leaves(tree):
        if isinstance(leaf, RequestValue):
            yield leaf
        elif isinstance(leaf, Intrinsic):
            yield from read_of_request(leaf.arguments)
        elif isinstance(leaf, JsonText):
            yield from read_of_request(leaf.tree)
