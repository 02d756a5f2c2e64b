"""Faults of calls that change something: a crash before or after the effect, a lost answer, a refusal, a pause."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

from keyflow.deploy import Clients

_READS = ("Get", "List", "Describe")


class CrashError(Exception):
    """The process is gone."""


class Fault(Enum):
    """What happens to a call."""

    CRASH_BEFORE = "the process ends before it"
    CRASH_AFTER = "the process ends after its effect"
    REFUSED = "access denied"
    LOST_ANSWER = "its answer is lost, and it is asked again"
    THROTTLED = "throttled once"
    NOT_YET = "what was made before is not known everywhere yet"


_NOT_YET = {
    "CreateStateMachine": ("AccessDeniedException", "'arn' is not authorized: the role cannot be assumed by states"),
    "UpdateStateMachine": (
        "AccessDeniedException",
        "The state machine IAM Role is not authorized to access the Log Destination",
    ),
    "CreateStateMachineAlias": ("ResourceNotFound", "Request references a resource that does not exist."),
    "PutMetricFilter": ("ResourceNotFoundException", "The specified log group does not exist."),
    "DeleteRole": ("Throttling", "Rate exceeded"),
}
"""What services answer, by operation, while what a call needs has not reached every part of AWS."""


@lru_cache(maxsize=32)
def reading(service: str, region: str) -> Any:
    """A client that no fault strikes, made once: making one takes longer than a hundred calls."""
    return Clients(region=region).client(service)


@lru_cache(maxsize=32)
def _shared(service: str, region: str) -> tuple[Any, Callable[[str, Any], Any]]:
    """A client for faults, made once, and how it makes a call."""
    client = Clients(region=region).client(service)
    return client, client._make_api_call


class FaultyClients(Clients):
    """Clients whose `at`-th call that changes something meets a fault, or each of them where `at` is None.

    `look` is called around each such call.
    """

    def __init__(
        self, region: str, at: int | None = 0, fault: Fault = Fault.REFUSED, look: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(region=region)
        self._at, self._fault, self._look = at, fault, look
        self._throttled: set[str] = set()
        self.calls: list[str] = []
        self.met = 0
        self._unlisted = 0

    def client(self, service: str) -> Any:
        client, original = _shared(service, self._region or "")
        client._make_api_call = lambda operation, given: self._call(original, operation, given)
        return client

    def _call(self, original: Callable[[str, Any], Any], operation: str, given: Any) -> Any:
        if operation.startswith(_READS):
            return self._read(original(operation, given), operation)
        self.calls.append(operation)
        self._look()
        if self._at is None or len(self.calls) == self._at:
            return self._struck(original, operation, given)
        answer = original(operation, given)
        self._look()
        return answer

    def _read(self, answer: Any, operation: str) -> Any:
        """An answer; where what is new is not known yet, without the version that was published last."""
        if self._unlisted and operation == "ListStateMachineVersions":
            self._unlisted -= 1
            return {**answer, "stateMachineVersions": answer["stateMachineVersions"][1:]}
        return answer

    def _struck(self, original: Callable[[str, Any], Any], operation: str, given: Any) -> Any:
        """The call with its fault; `met` counts them."""
        again = repr((operation, given)) in self._throttled
        if self._fault is Fault.NOT_YET and operation not in _NOT_YET:
            return original(operation, given)
        self.met += not again
        match self._fault:
            case Fault.CRASH_BEFORE:
                raise CrashError(operation)
            case Fault.CRASH_AFTER:
                original(operation, given)
                self._look()
                raise CrashError(operation)
            case Fault.LOST_ANSWER:
                original(operation, given)
                return _again(original, operation, given)
            case Fault.REFUSED:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not yours"}}, operation)
            case Fault.THROTTLED if repr((operation, given)) not in self._throttled:
                self._throttled.add(repr((operation, given)))
                raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slower"}}, operation)
            case Fault.NOT_YET if operation in _NOT_YET and repr((operation, given)) not in self._throttled:
                self._throttled.add(repr((operation, given)))
                code, message = _NOT_YET[operation]
                raise ClientError({"Error": {"Code": code, "Message": message}}, operation)
            case Fault.NOT_YET if operation in ("CreateStateMachine", "UpdateStateMachine"):
                self._unlisted = 2
                return original(operation, given)
            case _:
                return original(operation, given)


def _again(original: Callable[[str, Any], Any], operation: str, given: Any) -> Any:
    """The same call once more; of an API that is gone, moto raises what AWS would answer with NotFoundException."""
    try:
        return original(operation, given)
    except KeyError as error:
        raise ClientError({"Error": {"Code": "NotFoundException", "Message": "gone"}}, operation) from error
