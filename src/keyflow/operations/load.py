"""Many requests by some connections: each connection sends its next one when it has the answer to the last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from keyflow.dataclass import dataclass

GRACE_SECONDS = 1.0
"""Seconds beyond a request's own timeout, after which it is given up."""
_LOOK = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a request: its status where one came, else the kind of the error."""

    status: str | None = None
    error: str | None = None
    succeeded: bool = False
    billed_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """One request: its number, when it was sent (seconds since the test began), how long it took, what came of it."""

    number: int
    sent: float
    seconds: float
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is sent: so many requests after a warm-up, by so many connections, for so many seconds at most.

    `timeout` is a request's, in seconds.
    """

    requests: int
    connections: int
    warmup: int
    seconds: float
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What was measured, in the order of the requests' numbers, and how long it took in all."""

    measured: Sequence[Measured]
    seconds: float
    was_cut: bool

    @property
    def times(self) -> list[float]:
        """How long the answers took that are no errors, in seconds."""
        return [each.seconds for each in self.measured if each.answer.succeeded]

    @property
    def failed(self) -> int:
        """How many requests had an error, or no answer."""
        return sum(not each.answer.succeeded for each in self.measured)

    @property
    def throughput(self) -> float:
        """Requests in a second that succeeded."""
        return len(self.times) / self.seconds if self.seconds else 0.0


Send = Callable[[int], Answer]
"""Sends the request of a number, and waits for its answer. Raises nothing."""
Connect = Callable[[], Send]
"""Makes a connection, which is opened by its first request: one thread sends by it, one request after another."""


def sent(plan: Plan, connect: Connect, report: Callable[[int], None] = lambda _done: None) -> Load:
    """Sends the requests of a plan: first the warm-up, which is not measured, then the rest.

    Numbers count from 1 through both, so that none comes twice.

    Args:
        plan: How much is sent.
        connect: Opens a connection; the warm-up's are those of the rest.
        report: Is given how many requests are done, again and again.
    """
    connections = [connect() for _ in range(min(plan.connections, max(plan.requests, plan.warmup)))]
    if plan.warmup:
        _phase(plan, connections[: plan.warmup], first=1, count=plan.warmup, report=lambda _done: None)
    return _phase(plan, connections[: plan.requests], first=plan.warmup + 1, count=plan.requests, report=report)


def _phase(plan: Plan, connections: list[Send], *, first: int, count: int, report: Callable[[int], None]) -> Load:
    phase = _Phase(first, count, plan.seconds)
    threads = [threading.Thread(target=phase.work, args=each, daemon=True) for each in enumerate(connections)]
    for thread in threads:
        thread.start()
    last_moment = phase.began + plan.seconds + plan.timeout + GRACE_SECONDS
    try:
        while (working := [each for each in threads if each.is_alive()]) and time.perf_counter() < last_moment:
            working[0].join(_LOOK)
            report(phase.done)
    finally:
        phase.stop()
    return phase.load()


class _Phase:
    """What the threads of one phase share: whose turn it is, and what was measured."""

    def __init__(self, first: int, count: int, seconds: float) -> None:
        self._next, self._end = first, first + count
        self._lock = threading.Lock()
        self._measured: list[Measured] = []
        self._under_way: dict[int, tuple[int, float]] = {}
        self.began = time.perf_counter()
        self._deadline = self.began + seconds
        self._is_over = False

    @property
    def done(self) -> int:
        """How many requests have been answered, or have failed."""
        return len(self._measured)

    def work(self, place: int, send: Send) -> None:
        """Sends one request after another, until there are no more or the time is over."""
        while (number := self._take(place)) is not None:
            began = time.perf_counter()
            answer = send(number)
            self._note(place, Measured(number, began - self.began, time.perf_counter() - began, answer))

    def _take(self, place: int) -> int | None:
        with self._lock:
            now = time.perf_counter()
            if self._is_over or self._next >= self._end or now >= self._deadline:
                return None
            number = self._next
            self._next += 1
            self._under_way[place] = (number, now)
            return number

    def _note(self, place: int, measured: Measured) -> None:
        with self._lock:
            if not self._is_over:
                self._under_way.pop(place)
                self._measured.append(measured)

    def stop(self) -> None:
        """Takes nothing more; a request that is still under way has no answer."""
        with self._lock:
            self._is_over = True
            now = time.perf_counter()
            for number, began in self._under_way.values():
                measured = Measured(number, began - self.began, now - began, Answer(error="timeout"))
                self._measured.append(measured)
            self._under_way.clear()

    def load(self) -> Load:
        """What was measured."""
        measured = sorted(self._measured, key=lambda each: each.number)
        end = max((each.sent + each.seconds for each in measured), default=0.0)
        return Load(measured=measured, seconds=end, was_cut=self._next < self._end)
