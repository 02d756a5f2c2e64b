"""A process for each side of a comparison: two versions of one project cannot be imported by the same one."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

from keyflow.cli.progress import bar
from keyflow.cli.terminal import line
from keyflow.verify.search.proof import ended_with_this_one

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """A process that starts when it is first asked for something, and begins with nothing imported."""

    def submit(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> Future[T]:
        """Has the process call a function of a module."""
        return self._pool.submit(function, *arguments, **options)

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


def await_all(futures: Collection[Future[Any]], title: str, stage: str) -> None:
    """Waits until all are done, with a progress bar where somebody watches."""
    with bar(line(title)) as report:
        left: Collection[Future[Any]] = futures
        while left:
            _done, left = wait(left, timeout=_LOOK)
            report(stage, len(futures) - len(left), len(futures))


_LOOK = 0.2
"""Seconds between two looks at what is done."""


@contextmanager
def workers(count: int) -> Iterator[tuple[Any, ...]]:
    """Processes that end with the block, at once where an exception leaves it."""
    made = tuple(Worker() for _ in range(count))
    with ended_with_this_one():
        yield made
        for each in made:
            each.close()
