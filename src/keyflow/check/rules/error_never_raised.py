"""No call of the state ends with this error."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from keyflow.aws import Integration
from keyflow.check.definition import Definition, is_substitution
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.check.service_names import calls_in
from keyflow.diagnostics import Severity, did_you_mean
from keyflow.lazy import lazy_pattern

_CLIENT_TIMEOUT = "ClientExecutionTimeoutException"
"""Of the SDK under the optimized integrations, for every service; the CDK retries it for functions."""
_BASE_CLASS = lazy_pattern(r"\w+\.(?:AWS|Amazon)\w+Exception")
"""That SDK's class of all errors of a service, which stands for those that the service's model does not have."""


def check(definition: Definition) -> Iterator[Finding]:
    """Names with the prefix of a service, against its model."""
    for state, resource in calls_in(definition):
        integration = resource.integration
        if integration is None:
            continue
        service, known = integration.model.service, _known(integration)
        prefix = integration.lost_error.split(".")[0]
        for keys, name in state.error_names:
            if name in known or is_substitution(name):
                continue
            if integration.optimized is not None and _BASE_CLASS.fullmatch(name):
                continue
            other = name.split(".")[0]
            if "." in name and other.lower() == prefix.lower() and service.errors:
                hint = did_you_mean(name, known)
                if hint is not None or other != prefix:
                    yield Finding(state.at(*keys), f"{service.name} raises no {name}", hint)


@lru_cache(maxsize=1024)
def _known(integration: Integration) -> Collection[str]:
    """The errors that a call may end with."""
    errors = integration.model.service.errors
    known = {integration.error_name(name) for name in errors}
    known |= {integration.unmodelled_error, integration.lost_error, *integration.own_errors}
    if integration.optimized is not None:  # the guide writes StepFunctions.ExecutionLimitExceeded
        prefix = integration.lost_error.split(".")[0]
        known |= {f"{prefix}.{name}" for name in (*errors, _CLIENT_TIMEOUT)}
    return known


RULE = Rule(
    code="KF839",
    title="No call of the state ends with this error",
    why="Its service has no error of that name, or another spelling of it: the retrier or catcher is never asked.",
    bad={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:createBucket",
            "Parameters": {"Bucket": "b"},
            "Catch": [{"ErrorEquals": ["S3.BucketAlreadyExists"], "Next": "B"}],
            "Next": "B",
        },
        "B": {"Type": "Pass", "End": True},
    },
    good={
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:createBucket",
            "Parameters": {"Bucket": "b"},
            "Catch": [{"ErrorEquals": ["S3.BucketAlreadyExistsException"], "Next": "B"}],
            "Next": "B",
        },
        "B": {"Type": "Pass", "End": True},
    },
    source=f"{GUIDE}/supported-services-awssdk.html",
    check=check,
    severity=Severity.WARNING,
)
