"""A virtual clock: processes that wait, and a scheduler that goes straight to the next moment at which one wakes.

A process is a generator. It yields `Sleep` to wait for a time, `Await` to wait for a signal, and `Join` to run children
side by side; at one moment processes run in the order in which they came to it, so that a run is the same every time.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Generator, Iterator
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, EngineError
from keyflow.engine.errors import StatesError

READY_LIMIT = 50_000
"""Processes that may be ready to run at one moment."""


@dataclass(slots=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


class Signal:
    """Messages from one process to another that waits for them, kept in order until they are taken."""

    __slots__ = ("messages", "waiting")

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.waiting: _Running | None = None


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for a signal's next message, at most so many seconds; the result is the message, or None."""

    signal: Signal
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """Run children, at most `limit` at a time (0: all), until all have ended or one has raised.

    The result is the list of what they returned. Where one raises, the others are stopped and the error goes on to
    the parent. Where `seconds` pass before, all are stopped and the parent gets a `TimeoutError`.
    """

    children: Iterator[Process]
    limit: int = 0
    seconds: float | None = None


Request = Sleep | Await | Join
Process = Generator[Request, Any, Any]


class Stalled(Exception):
    """Every process waits for a signal that none can give."""


class Scheduler:
    """Runs processes on virtual time, which begins at 0."""

    def __init__(self) -> None:
        self.now = 0.0
        self._ready: deque[tuple[_Running, Any, BaseException | None]] = deque()
        self._sleeping: list[tuple[float, bool, int, _Running, int]] = []
        self._order = 0
        self._detached: list[_Running] = []

    def run(self, process: Process) -> Any:
        """Runs a process to its end and returns its result, or raises its error.

        Raises:
            Stalled: the process waits for what never comes.
        """
        root = _Running(process, None, 0)
        self._ready.append((root, None, None))
        self._run_until_ended([root])
        return root.result

    def start(self, process: Process) -> None:
        """Starts a process that nobody waits for."""
        running = _Running(process, None, 0)
        self._detached.append(running)
        self._ready.append((running, None, None))

    def finish(self) -> None:
        """Runs the processes that `start` has started to their ends; an error of theirs is raised."""
        self._run_until_ended(self._detached)
        self._detached.clear()
        self._sleeping.clear()  # limits that nobody came to: they would keep what has ended

    def send(self, signal: Signal, message: Any) -> None:
        """Gives a message to whoever waits for the signal, now or later."""
        if signal.waiting is None:
            signal.messages.append(message)
        else:
            self._ready.append((signal.waiting, message, None))
            signal.waiting.turn += 1  # so that its limit no longer wakes it
            signal.waiting = None

    def _run_until_ended(self, processes: list[_Running]) -> None:
        for running in processes:  # in whatever order they end; more may be added meanwhile
            while not running.ended:
                if not self._ready and not self._next_moment():
                    raise Stalled
                self._resume(*self._ready.popleft())
        for running in processes:
            if running.error is not None:
                raise running.error

    def _next_alarm(self) -> float | None:
        """The moment at which the next process wakes; None where none does."""
        while self._sleeping:
            moment, _is_limit, _order, sleeper, turn = self._sleeping[0]
            if not sleeper.ended and sleeper.turn == turn:
                return moment
            heapq.heappop(self._sleeping)
        return None

    def _next_moment(self) -> bool:
        """Goes on to the moment at which the next process wakes; False where none does."""
        while self._sleeping:
            moment, _is_limit, _order, sleeper, turn = heapq.heappop(self._sleeping)
            if not sleeper.ended and sleeper.turn == turn:
                self.now = moment
                self._wake(sleeper)
                return True
        return False

    def _wake(self, sleeper: _Running) -> None:
        """What a process meets whose time has come: the end of its sleep, or the limit of what it waits for."""
        if sleeper.signal is not None:
            sleeper.signal.waiting = None
        if sleeper.group is not None:
            sleeper.group.stop()
            sleeper.group = None
            self._ready.append((sleeper, None, TimeoutError()))
        else:
            self._ready.append((sleeper, None, None))

    def _resume(self, running: _Running, value: Any, error: BaseException | None) -> None:
        if running.ended:
            return
        running.signal = None
        try:
            running.turn += 1
            request = running.process.throw(error) if error is not None else running.process.send(value)
            while type(request) is Sleep and self._is_next(self.now + request.seconds):
                self.now += request.seconds
                running.turn += 1
                request = running.process.send(None)
        except StopIteration as stop:
            self._end(running, stop.value, None)
        except StatesError as raised:
            self._end(running, None, raised.without_frames())
        except Exception as raised:
            self._end(running, None, raised)
        else:
            self._take(running, request)

    def _is_next(self, moment: float) -> bool:
        """Whether nothing else happens before a moment, so that a sleeper can go straight there.

        What happens at that very moment was there first, but for a limit, which strikes after everything else.
        """
        if self._ready:
            return False
        if not self._sleeping:
            return True
        first, is_limit, *_rest = self._sleeping[0]
        return moment < first or (moment == first and is_limit)

    def _take(self, running: _Running, request: Request) -> None:
        match request:
            case Sleep(seconds):
                self._wake_after(running, seconds, is_limit=False)
            case Await(signal, seconds):
                if signal.messages:
                    self._ready.append((running, signal.messages.pop(0), None))
                    return
                signal.waiting = running
                running.signal = signal
                if seconds is not None:
                    self._wake_after(running, seconds, is_limit=True)
            case Join():
                running.group = _Group(request)
                if request.seconds is not None:
                    self._wake_after(running, request.seconds, is_limit=True)
                self._start(running, running.group)

    def _wake_after(self, running: _Running, seconds: float, *, is_limit: bool) -> None:
        """A limit strikes after everything else that happens at its moment: what takes just as long is in time."""
        self._order += 1
        heapq.heappush(self._sleeping, (self.now + seconds, is_limit, self._order, running, running.turn))

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
            if len(self._ready) > READY_LIMIT:
                message = f"more than {READY_LIMIT:,} branches and iterations begin at once"
                raise EngineError(Diagnostic("KF605", message))
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
        if error is not None:
            group.stop()
            parent.group = None
            self._ready.append((parent, None, error))
            return
        group.results[running.index] = result
        self._start(parent, group)


class _Running:
    """A process that has been started. `turn` counts its resumptions, so that a stale alarm is told from a live one."""

    __slots__ = ("ended", "error", "group", "index", "parent", "process", "result", "signal", "turn")

    def __init__(self, process: Process, parent: _Running | None, index: int) -> None:
        self.process = process
        self.parent = parent
        self.index = index
        self.turn = 0
        self.signal: Signal | None = None
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
                if running.signal is not None:
                    running.signal.waiting = None
                if running.group is not None:
                    pending += running.group.members.values()
                    running.group = None


class _Group:
    """The children of one process."""

    __slots__ = ("active", "exhausted", "join", "members", "results")

    def __init__(self, join: Join) -> None:
        self.join = join
        self.active = 0
        self.exhausted = False
        self.results: list[Any] = []
        self.members: dict[int, _Running] = {}

    def stop(self) -> None:
        for member in self.members.values():
            member.stop()
