"""An execution that others can speak to while it runs: task tokens come back to it from outside, in real time.

Virtual time goes on as ever while nothing waits for a token. While something does, time is real: a timeout of an hour
strikes after an hour.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from keyflow.engine.clock import Scheduler, Signal
from keyflow.engine.runner import TaskCall

if TYPE_CHECKING:
    from queue import SimpleQueue


class Outside(Scheduler):
    """The scheduler of such an execution. Other threads speak to it by `give_back` and `stop`.

    `name` begins its task tokens, so that no other execution has the same.
    """

    def __init__(self, name: str) -> None:
        from queue import SimpleQueue

        super().__init__()
        self.name = name
        self._messages: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._tokens: Mapping[str, Signal] = {}
        self._calls: Sequence[TaskCall] = ()
        self._stopped = False

    def attach(self, tokens: Mapping[str, Signal], calls: Sequence[TaskCall]) -> None:
        """The tokens that are out, each with the signal that its task waits for, and the calls that were made."""
        self._tokens = tokens
        self._calls = calls

    def waiting(self) -> Sequence[TaskCall]:
        """The calls whose tokens are out and waited for."""
        tokens = {token for token, signal in tuple(self._tokens.items()) if signal.waiting is not None}
        return tuple(call for call in self._calls if call.token in tokens)

    def has(self, token: str) -> bool:
        """Whether a task waits for a token now."""
        return token in self._tokens

    def give_back(self, token: str, message: Any) -> None:
        """Gives a token back, with an outcome or a heartbeat."""
        self._messages.put((token, message))

    def stop(self) -> None:
        """Ends the execution where it stands: it raises `Stopped`."""
        self._stopped = True
        self._messages.put(("", None))

    @property
    def _waits(self) -> bool:
        """Whether a task waits for its token."""
        return any(signal.waiting is not None for signal in self._tokens.values())

    def _is_next(self, moment: float) -> bool:
        return not self._waits and super()._is_next(moment)

    def _next_moment(self) -> bool:
        if not self._waits:
            return super()._next_moment()
        from queue import Empty

        began, moment = time.monotonic(), self._next_alarm()
        try:
            token, message = self._messages.get(timeout=None if moment is None else max(0.0, moment - self.now))
        except Empty:
            return super()._next_moment()
        self.now += time.monotonic() - began
        if self._stopped:
            raise Stopped
        signal = self._tokens.get(token)
        if signal is not None:
            self.send(signal, message)
        return True


class Stopped(Exception):
    """The execution was stopped from outside."""
