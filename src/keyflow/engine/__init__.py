"""Runs a definition in process, on a virtual clock: all state types, both query languages, pluggable task runners."""

from keyflow.engine.boto3_calls import Boto3
from keyflow.engine.errors import StatesError
from keyflow.engine.history import EPOCH, Event
from keyflow.engine.interpreter import Execution, run
from keyflow.engine.recording import Recorded, Recorder, Recording, recording_of
from keyflow.engine.runner import Failure, Outcome, Runner, Success, TaskCall, Waiting
from keyflow.engine.stubs import Stubs, from_mock_configuration, stubs_from

__all__ = [
    "EPOCH",
    "Boto3",
    "Event",
    "Execution",
    "Failure",
    "Outcome",
    "Recorded",
    "Recorder",
    "Recording",
    "Runner",
    "StatesError",
    "Stubs",
    "Success",
    "TaskCall",
    "Waiting",
    "from_mock_configuration",
    "recording_of",
    "run",
    "stubs_from",
]
