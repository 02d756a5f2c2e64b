"""A process for each side of a comparison: two versions of one project cannot be imported by the same one."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

from keyflow.verify.search.proof import ended_with_this_one

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """A process that starts when it is first asked for something, and begins with nothing imported."""

    def submit(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> Future[T]:
        """Has the process call a function of a module."""
        return self._pool.submit(function, *arguments, **options)

    def run(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """As `submit`, and waits; raises what the function raises, or `BrokenProcessPool` where the process ends."""
        return self.submit(function, *arguments, **options).result()

    @cached_property
    def _pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_start)

    def close(self) -> None:
        """Ends the process."""
        if "_pool" in vars(self):
            self._pool.shutdown(cancel_futures=True)


def _start() -> None:
    """What definitions print goes to stderr: stdout holds the result alone. Ctrl-C is the first process's to see."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)


@contextmanager
def workers(count: int) -> Iterator[tuple[Any, ...]]:
    """Processes that end with the block, at once where an exception leaves it."""
    made = tuple(Worker() for _ in range(count))
    with ended_with_this_one():
        try:
            yield made
        finally:
            for each in made:
                each.close()
