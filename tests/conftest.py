"""What runs first, and what runs in one process: with two, a long test that starts last keeps one of them waiting."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from functools import cache
from typing import Any
from unittest.mock import patch

import botocore.loaders
import pytest
from moto.core.utils import method_names_from_class

SHARING = (
    "tests/e2e/",
    "tests/test_architecture.py",
    "tests/test_distribution.py",
    "tests/verify/test_mutants.py::test_every_mutant_is_caught_or_harmless[AddApiKey-",
    "tests/verify/test_mutants.py::test_every_mutant_is_caught_or_harmless[AddApiKeyFast-",
)
"""How the names begin of tests that share what takes long to make: an engine, syntax trees, an environment, a proof."""

MADE = 1_500_000
"""How many objects tests have made, and not freed, when garbage is looked for: some 300 MB. One test may make more."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that set an engine up first, then what is marked as long, then the rest in the order written."""
    items.sort(key=lambda item: (item.get_closest_marker("e2e") is None, item.get_closest_marker("long") is None))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays: a tenth of the time would go to looking through it for garbage."""
    gc.disable()
    result = yield
    gc.freeze()
    gc.set_threshold(10 * MADE, 20, 20)
    gc.enable()
    return result


def pytest_runtest_logfinish() -> None:
    """Garbage is looked for between two tests, where what the last one made is gone: caches are left, and stay."""
    if gc.get_count()[0] > MADE:
        gc.collect()
        gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Garbage is looked for once at the end, for errors that nothing else would show; pytest does so five times."""
    gc.collect()
    gc.freeze()


@cache
def _methods(cls: type, _members: int) -> list[str]:
    """The methods of one of moto's classes while it has so many members: some tests give it more."""
    return method_names_from_class(cls)


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """One loader of botocore's models for all sessions: each would read the same files again, for a third of its time.

    And moto goes through the members of its classes for each request, for a twentieth.
    """
    with (
        patch("botocore.session.create_loader", cache(botocore.loaders.create_loader)),
        patch("moto.core.responses.method_names_from_class", lambda cls: _methods(cls, len(dir(cls)))),
    ):
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each test by itself, in that order, but for those that share something.

    `--dist=loadgroup` would do, and groups nothing with pytest 9.2: https://github.com/pytest-dev/pytest-xdist/issues/1386
    """
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Sharing(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return next((shared for shared in SHARING if nodeid.startswith(shared)), nodeid)

        def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
            """Forgets what is done: else all of it is counted after each test, for tests without number."""
            super().mark_test_complete(node, item_index, duration)
            work, scope = self.assigned_work[node], self._split_scope(self.registered_collections[node][item_index])
            if all(work[scope].values()):
                del work[scope]

    return Sharing(config, log)
