"""The states of a run, as a test asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from keyflow import asl
from keyflow.diagnostics import did_you_mean


class States(list[str]):
    """Names of states, in order.

    Asked for a state that the definition does not have, it raises an AssertionError: a test that a misspelt state was
    not entered would pass whatever happens.
    """

    def __init__(self, names: Iterable[str], machine: asl.StateMachine) -> None:
        super().__init__(names)
        self._machine = machine

    def __contains__(self, state: object) -> bool:
        return super().__contains__(self._known(state))

    def count(self, state: str) -> int:
        return super().count(self._known(state))

    def index(self, state: str, *bounds: Any) -> int:
        return super().index(self._known(state), *bounds)

    def _known(self, state: Any) -> Any:
        known = {name for name, _state in asl.all_states(self._machine)}
        if state not in known:
            near = did_you_mean(state, known) or f"it has {', '.join(map(repr, sorted(known)))}"
            raise AssertionError(f"the definition has no state {state!r}: {near}")
        return state
