"""A virtual clock: processes that wait, and a scheduler that goes straight to the next moment at which one wakes.

A process is a generator. It yields `Sleep` to wait and `Join` to run children side by side; at one moment processes
run in the order in which they came to it, so that a run is the same every time.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Join:
    """Run children, at most `limit` at a time (0: all), until all have ended or one has raised.

    The result is the list of what they returned. Where one raises, the others are stopped and the error goes on to
    the parent; with `tolerate`, which is asked at each error, it may be kept in the list instead.
    """

    children: Iterator[Process]
    limit: int = 0
    keep_errors: bool = False


Process = Generator["Sleep | Join", Any, Any]


class Scheduler:
    """Runs processes on virtual time, which begins at 0."""

    def __init__(self) -> None:
        self.now = 0.0
        self._ready: deque[tuple[_Running, Any, BaseException | None]] = deque()
        self._sleeping: list[tuple[float, int, _Running]] = []
        self._order = 0

    def run(self, process: Process, deadline: float | None = None) -> Any:
        """Runs a process to its end and returns its result, or raises its error.

        Raises:
            TimeoutError: `deadline`, in seconds of virtual time, came first.
        """
        root = _Running(process, None, 0)
        self._ready.append((root, None, None))
        while not root.ended:
            if not self._ready:
                moment, _order, sleeper = heapq.heappop(self._sleeping)
                if sleeper.ended:
                    continue
                if deadline is not None and moment > deadline:
                    self.now = deadline
                    root.stop()
                    raise TimeoutError
                self.now = moment
                self._ready.append((sleeper, None, None))
            self._resume(*self._ready.popleft())
        if root.error is not None:
            raise root.error
        return root.result

    def _resume(self, running: _Running, value: Any, error: BaseException | None) -> None:
        if running.ended:
            return
        try:
            request = running.process.throw(error) if error is not None else running.process.send(value)
        except StopIteration as stop:
            self._end(running, stop.value, None)
        except Exception as raised:
            self._end(running, None, raised)
        else:
            match request:
                case Sleep(seconds):
                    self._order += 1
                    heapq.heappush(self._sleeping, (self.now + seconds, self._order, running))
                case Join():
                    running.group = _Group(request)
                    self._start(running, running.group)

    def _start(self, parent: _Running, group: _Group) -> None:
        """Starts children as far as the limit allows; a parent without any more goes on."""
        limit = group.join.limit
        while not group.exhausted and (limit == 0 or group.active < limit):
            child = next(group.join.children, None)
            if child is None:
                group.exhausted = True
                break
            running = _Running(child, parent, len(group.results))
            group.results.append(None)
            group.active += 1
            group.members[running.index] = running
            self._ready.append((running, None, None))
        if group.exhausted and group.active == 0:
            parent.group = None
            self._ready.append((parent, group.results, None))

    def _end(self, running: _Running, result: Any, error: BaseException | None) -> None:
        running.ended, running.result, running.error = True, result, error
        parent = running.parent
        if parent is None or parent.ended or parent.group is None:
            return
        group = parent.group
        group.active -= 1
        del group.members[running.index]
        if error is not None and not group.join.keep_errors:
            for member in group.members.values():
                member.stop()
            parent.group = None
            self._ready.append((parent, None, error))
            return
        group.results[running.index] = error if error is not None else result
        self._start(parent, group)


class _Running:
    """A process that has been started."""

    __slots__ = ("ended", "error", "group", "index", "parent", "process", "result")

    def __init__(self, process: Process, parent: _Running | None, index: int) -> None:
        self.process = process
        self.parent = parent
        self.index = index
        self.group: _Group | None = None
        self.ended = False
        self.result: Any = None
        self.error: BaseException | None = None

    def stop(self) -> None:
        """Ends the process and its children where they stand."""
        pending = [self]
        while pending:
            running = pending.pop()
            if not running.ended:
                running.ended = True
                running.process.close()
                if running.group is not None:
                    pending += running.group.members.values()


class _Group:
    """The children of one process."""

    __slots__ = ("active", "exhausted", "join", "members", "results")

    def __init__(self, join: Join) -> None:
        self.join = join
        self.active = 0
        self.exhausted = False
        self.results: list[Any] = []
        self.members: dict[int, _Running] = {}
