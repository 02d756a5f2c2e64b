"""What runs first: with two processes, a long test that starts last keeps one of them waiting for the other."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The groups that set an engine up first, then what is marked as long, then the rest in the order written."""
    items.sort(key=lambda item: (item.get_closest_marker("e2e") is None, item.get_closest_marker("long") is None))
