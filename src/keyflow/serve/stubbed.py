"""Stubs before the services: by the names of tasks and resources, the labels of routes, and authorizers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from keyflow import asl
from keyflow.aws.error_names import ServiceError
from keyflow.aws.naming import uncapitalised
from keyflow.dataclass import dataclass
from keyflow.engine.runner import Failure, Outcome, Runner, Success, TaskCall, Waiting
from keyflow.engine.stubs import Answer, Stubs, stubs_from
from keyflow.serve.rest_api import AwsAnswer, AwsRequest
from keyflow.serve.site import Site

_AUTHORIZER = "authorizer:"
"""Begins the name of a stub that answers for an authorizer."""
_NONE = Success(None)


@dataclass(frozen=True, slots=True)
class Stubbed:
    """The stubs of a file. What they do not name goes on to the services."""

    answers: Mapping[str, Answer]

    def runner(self, otherwise: Runner) -> Runner:
        """Who answers the tasks of one execution: sequences of stubs begin anew with each."""
        return Stubs(self.answers, otherwise=otherwise)

    def call(self, request: AwsRequest, send: Callable[[AwsRequest], AwsAnswer]) -> AwsAnswer:
        """The answer to a call that a route makes."""
        resource = f"arn:aws:states:::aws-sdk:{request.service}:{uncapitalised(request.operation)}"
        outcome = Stubs(self.answers, default=_NONE).call(TaskCall(request.label, resource, request.body, 0))
        return send(request) if outcome is _NONE else answer_of(outcome)

    @property
    def authorizers(self) -> Mapping[str, Outcome]:
        """What authorizers answer, by their names."""
        return {
            name.removeprefix(_AUTHORIZER): answer if isinstance(answer, Success | Failure | Waiting) else answer[0]
            for name, answer in self.answers.items()
            if name.startswith(_AUTHORIZER)
        }


def stubbed(document: Any, site: Site, machines: Iterable[asl.StateMachine]) -> Stubbed:
    """The stubs of a file's document; None stands for no file.

    Raises:
        EngineError: KF602, a stub names nothing of the site; KF604, the document holds no stubs; KF611, an error that
            the call cannot have.
    """
    if document is None:
        return Stubbed({})
    stubs = stubs_from(document, "", None)
    routes = (route.label for api in site.apis for route in api.routes)
    calls = (f"{call.service}:{uncapitalised(call.operation)}" for call in site.calls)
    authorizers = (f"{_AUTHORIZER}{name}" for api in site.apis for name in _schemes(api.document))
    stubs.check(*machines, others=[*routes, *calls, *authorizers])
    return Stubbed(stubs.answers)


def _schemes(document: Any) -> Mapping[str, Any]:
    """How the routes of a document know their callers, by name."""
    found: Mapping[str, Any] = document.get("components", {}).get("securitySchemes", {})
    return found


def answer_of(outcome: Outcome) -> AwsAnswer:
    """An outcome as a service answers it."""
    match outcome:
        case Success(result):
            return AwsAnswer(status=200, body=result, seconds=outcome.seconds)
        case Failure() as failure:
            error = failure.error.name if isinstance(failure.error, ServiceError) else failure.error
            body = {"__type": error.rpartition(".")[2], "message": failure.cause or ""}
            return AwsAnswer(status=400, body=body, seconds=failure.seconds)
        case _:
            return AwsAnswer(status=200, body={})
