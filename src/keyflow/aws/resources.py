"""The resource of a Task, read back: which call its ARN names, and how Step Functions spells that call.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, cached_property

from keyflow.aws.arguments import Spelling
from keyflow.aws.integrations import OPTIMIZED, OptimizedIntegration, optimized
from keyflow.aws.models import OperationModel, boto3_name, service_model, service_names
from keyflow.aws.naming import (
    capitalised,
    exception_name,
    member_name,
    sdk_error_name,
    sdk_error_prefix,
    sdk_service,
    uncapitalised,
)
from keyflow.aws.sdk_services import sdk_services, service_of_sdk_name
from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern

_GONE_MARKS = ("NotFound", "NoSuch", "DoesNotExist", "NonExistent", "DoesntExist")
TASK_TOKEN = "waitForTaskToken"  # noqa: S105  a pattern, no password
"""The pattern of a call that ends when its task token comes back."""
HTTP_ENDPOINT = "arn:aws:states:::http:invoke"
"""The resource of a Task that calls an HTTPS API."""
_LOST_CONNECTION = "SdkClientException"
"""What the Java SDK raises where no answer came: the call may have taken effect."""

_ARN = lazy_pattern(
    r"arn:aws[a-z-]*:states:[a-z0-9-]*:\d*:(?P<sdk>aws-sdk:)?(?P<service>[A-Za-z0-9-]+):(?P<action>[A-Za-z0-9]+)"
    r"(?:\.(?P<pattern>sync(?::2)?|waitForTaskToken))?"
)


@dataclass(frozen=True, eq=False)
class Integration:
    """One operation as Step Functions calls it: by its optimized integration where there is one, else by the SDK's."""

    model: OperationModel
    operation: str
    optimized: OptimizedIntegration | None

    @cached_property
    def arn(self) -> str:
        """The ARN that a Task names, without a pattern."""
        action = uncapitalised(self.model.name)
        if self.optimized is not None:
            return f"arn:aws:states:::{self.optimized.arn_service}:{action}"
        return f"arn:aws:states:::aws-sdk:{sdk_service(self.model.service)}:{action}"

    @property
    def spelling(self) -> Spelling:
        """How the members of parameters and results are spelt."""
        return member_name if self.optimized is None else capitalised

    @property
    def json_members(self) -> frozenset[str]:
        """The members that are JSON in Step Functions and text in the service's own API."""
        return frozenset() if self.optimized is None else self.optimized.json_members.get(self.operation, frozenset())

    @property
    def own_members(self) -> frozenset[str]:
        """The parameters that only the integration has."""
        return frozenset() if self.optimized is None else self.optimized.own_members.get(self.operation, frozenset())

    @property
    def token(self) -> str | None:
        """The idempotency parameter: with the same value, a repeated call is done once. Optimized integrations fill it
        in.

        No example of the guide gives it: https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr-eks.html
        """
        return None if self.optimized is None else self.model.token

    def error_name(self, error: str) -> str:
        """The name under which a Catch meets an error of the service's model."""
        if self.optimized is not None:
            return f"{self.optimized.error_prefix}.{exception_name(error)}"
        return sdk_error_name(self.model.service, error)

    @cached_property
    def errors(self) -> tuple[str, ...]:
        """The errors of the operation, as a Catch names them: those of its model, and its integration's own."""
        modelled = (self.error_name(name) for name in self.model.errors)
        return tuple(dict.fromkeys((*modelled, *self.own_errors)))

    @property
    def own_errors(self) -> tuple[str, ...]:
        """The errors that the optimized integration makes of an answer."""
        if self.optimized is None:
            return ()
        return tuple(f"{self.optimized.error_prefix}.{name}" for name in self.optimized.own_errors)

    @cached_property
    def gone_errors(self) -> tuple[str, ...]:
        """The errors by which the call says that what it is about does not exist (any more).

        A call that carries a message (to a function, a queue, a workflow) is about the message: that nobody is there
        to take it does not make its work done. Where the model lists no errors of the operation, as S3's does not for
        DeleteBucket, those of the service stand in that end with what the operation is about.
        """
        if self.optimized is not None and self.operation in self.optimized.callbacks:
            return ()
        subject = re.sub(r"^[A-Z][a-z]+", "", self.model.name)
        modelled = self.model.errors or [name for name in self.model.service.errors if subject in name and subject]
        gone = (name for name in modelled if any(mark in name for mark in _GONE_MARKS))
        return tuple(self.error_name(name) for name in gone)

    @property
    def unmodelled_error(self) -> str:
        """What an error is called that the service's model does not have: a refusal by IAM, for instance.

        The Java SDK v2 then raises its service's base class (`S3.S3Exception`); the optimized integrations, which are
        older, that of the SDK before it (`DynamoDB.AmazonDynamoDBException`).
        """
        if self.optimized is None:
            prefix = sdk_error_prefix(self.model.service)
            return f"{prefix}.{prefix}Exception"
        base = self.optimized.base_error or f"{self.optimized.error_prefix}Exception"
        return f"{self.optimized.error_prefix}.{base}"

    @cached_property
    def ambiguous_errors(self) -> tuple[str, ...]:
        """The errors after which nobody can tell whether the call has taken effect (S10, S14).

        No answer came; the service failed itself (5xx); or an optimized integration had no other name for the error.
        """
        faults = tuple(self.error_name(name) for name in self.model.faults)
        catch_all = () if self.optimized is None else (self.unmodelled_error,)
        own = _AMBIGUOUS["function"] if self.runs_code else ()
        return tuple(dict.fromkeys(("States.Timeout", self.lost_error, *faults, *catch_all, *own)))

    @property
    def runs_code(self) -> bool:
        """Whether it runs somebody's own code, whose errors have any name."""
        return self.model.service.name == "lambda" and self.operation == "invoke"

    @property
    def lost_error(self) -> str:
        """The error of a call whose answer never came.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
        """
        prefix = sdk_error_prefix(self.model.service) if self.optimized is None else self.optimized.error_prefix
        return f"{prefix}.{_LOST_CONNECTION}"


@cache
def integration_of(model: OperationModel, operation: str) -> Integration:
    """How Step Functions calls an operation, which `operation` names in boto3's spelling; there is one of each."""
    return Integration(model, operation, optimized(model.service.name, operation))


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What a Task's `Resource` names.

    `kind` is `call` for an operation of a service, `function` for a Lambda function, `activity`, `endpoint` for HTTP,
    or `other`. `service` is boto3's name and `action` the ARN's; `pattern` is `sync`, `sync:2`, `waitForTaskToken`, or
    empty.
    """

    arn: str
    kind: str
    service: str | None = None
    action: str = ""
    pattern: str = ""
    is_sdk: bool = False

    @cached_property
    def integration(self) -> Integration | None:
        """The operation in its service's model; None where botocore has none such."""
        model = service_model(self.service) if self.service is not None else None
        for operation, found in model.operations.items() if model is not None else ():
            if uncapitalised(found.name) == self.action:
                special = None if self.is_sdk else optimized(found.service.name, operation)
                return Integration(found, operation, special) if self.is_sdk or special is not None else None
        return None

    @property
    def errors(self) -> tuple[str, ...]:
        """The errors that a call can end with, as a Catch names them."""
        if self.integration is not None:
            return self.integration.errors
        return _FUNCTION_ERRORS if self.kind == "function" else ()

    @property
    def ambiguous_errors(self) -> tuple[str, ...]:
        """The errors by name after which nobody can tell whether the call has taken effect."""
        if self.integration is not None:
            return self.integration.ambiguous_errors
        return _AMBIGUOUS.get(self.kind, ("States.Timeout",))

    @property
    def definite_errors(self) -> tuple[str, ...] | None:
        """The errors by which somebody's own code has done nothing: any other leaves that open. None of other calls.

        A job that is waited for is such code: the errors of the call say that it was not started. When it fails, nobody
        knows what it had done by then.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
        and https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
        """
        if self.integration is not None and self.pattern in ("sync", "sync:2"):
            ambiguous = self.integration.ambiguous_errors
            return tuple(error for error in self.integration.errors if error not in ambiguous)
        is_function = self.kind == "function" or (self.integration is not None and self.integration.runs_code)
        if is_function:
            return DEFINITE_FUNCTION_ERRORS
        return () if self.kind in ("activity", "other") or self.pattern == TASK_TOKEN else None


DEFINITE_FUNCTION_ERRORS = ("Lambda.TooManyRequestsException",)
"""The errors of a function's call that say that it has not run."""
_AMBIGUOUS: Mapping[str, tuple[str, ...]] = {
    "function": ("States.Timeout", "Lambda.SdkClientException", "Lambda.ServiceException", "Lambda.Unknown"),
    "activity": ("States.Timeout", "States.HeartbeatTimeout"),
    "endpoint": (
        "States.Timeout",
        "States.Http.Socket",
        *(f"States.Http.StatusCode.{status}" for status in (500, 502, 503, 504)),
    ),
}
"""The errors that leave the outcome open, by the kind of resource."""
_FUNCTION_ERRORS = ("Lambda.ServiceException", "Lambda.TooManyRequestsException", "Lambda.Unknown")


@cache
def resource_of(arn: str) -> Resource:
    """The resource that an ARN names. Nothing is raised: what is not known is of the kind `other`."""
    if re.match(r"arn:aws[a-z-]*:lambda:", arn):
        return Resource(arn=arn, kind="function")
    if re.match(r"arn:aws[a-z-]*:states:[^:]*:[^:]*:activity:", arn):
        return Resource(arn=arn, kind="activity")
    if arn == HTTP_ENDPOINT:
        return Resource(arn=arn, kind="endpoint")
    match = _ARN.fullmatch(arn)
    if match is None:
        return Resource(arn=arn, kind="other")
    is_sdk = match["sdk"] is not None
    service = service_of_sdk_name(match["service"]) if is_sdk else _by_optimized_name(match["service"], match["action"])
    return Resource(
        arn=arn, kind="call", service=service, action=match["action"], pattern=match["pattern"] or "", is_sdk=is_sdk
    )


def _by_optimized_name(name: str, action: str) -> str | None:
    """The service that an ARN names: two are called `bedrock`, the one of models and the one that runs them."""
    named = [each for each in OPTIMIZED.values() if each.arn_service == name]
    own = (each for each in named if boto3_name(capitalised(action)) in each.operations)
    found = next(own, next(iter(named), None))
    return None if found is None else found.service


def integration_named(name: str) -> Integration | None:
    """The operation that a placeholder is named after (`ApiGatewayCreateUsagePlan`), whatever its letters' case."""
    folded = name.lower()
    services = {service.replace("-", ""): service for service in service_names()} | dict(sdk_services())
    for prefix in sorted((each for each in services if folded.startswith(each)), key=len, reverse=True):
        model = service_model(services[prefix])
        for operation, found in model.operations.items() if model is not None else ():
            if found.name.lower() == folded[len(prefix) :]:
                return integration_of(found, operation)
    return None
