"""Runs a definition in process, on a virtual clock: all state types, both query languages, pluggable task runners."""

from keyflow.engine.errors import StatesError
from keyflow.engine.history import Event
from keyflow.engine.interpreter import Execution, run
from keyflow.engine.runner import Failure, Outcome, Runner, Success, TaskCall, Waiting
from keyflow.engine.stubs import Stubs, from_mock_configuration, stubs_from

__all__ = [
    "Event",
    "Execution",
    "Failure",
    "Outcome",
    "Runner",
    "StatesError",
    "Stubs",
    "Success",
    "TaskCall",
    "Waiting",
    "from_mock_configuration",
    "run",
    "stubs_from",
]
