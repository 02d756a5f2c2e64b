"""Tasks that are no operation of a service's model: activities, functions by their ARN, HTTP APIs, any other ARN."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keyflow.aws.calls import ResourceCall
from keyflow.aws.own_parameters import own_parameters
from keyflow.aws.resources import HTTP_ENDPOINT
from keyflow.aws.runtime_values import RuntimeValue
from keyflow.diagnostics import calling_location, definition_error, did_you_mean


def resource(arn: Any, parameters: Any = None) -> ResourceCall:
    """A Task by its resource's ARN, with parameters as Step Functions wants them: for what keyflow has no name for.

    Args:
        arn: The ARN: text, or a parameter of the workflow.
        parameters: What it is given; None for the state's whole input, which only a `StateMachine` has.

    Raises:
        DefinitionError: KF239, it is no ARN.
    """
    fixed = isinstance(arn, RuntimeValue) and arn.deployed_text() is not None
    if not (isinstance(arn, str) and arn) and not fixed:
        raise definition_error("KF239", f"a Task's resource is an ARN or a parameter, not {arn!r}")
    return ResourceCall(arn=arn, written=parameters, parameters=parameters, location=calling_location())


def function(arn: Any, payload: Any = None) -> ResourceCall:
    """A Lambda function by its ARN, given JSON and giving JSON; errors are the function's own and `Lambda.`'s.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    """
    return replace(resource(arn, payload), given_kind="function")


def activity(arn: Any, parameters: Any = None) -> ResourceCall:
    """An activity: a worker that polls for the task takes it, and sends its end. Only in Standard workflows.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html
    """
    return replace(resource(arn, parameters), given_kind="activity")


class _Http:
    """HTTPS APIs, called through a connection of EventBridge."""

    def invoke(self, **parameters: Any) -> ResourceCall:
        """A request: `ApiEndpoint`, `Method`, `Authentication={"ConnectionArn": ...}`, `RequestBody`, and so on.

        Its result has `ResponseBody`, `StatusCode`, `StatusText` and `Headers`; its errors are
        `States.Http.StatusCode.404` and its like.
        Source: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html

        Raises:
            DefinitionError: KF204, KF203 or KF206: an unknown, a missing or a wrong parameter.
        """
        own = own_parameters("http:invoke")
        assert own is not None  # noqa: S101  the table has it
        for name in parameters:
            if name not in own.required:
                hint = did_you_mean(name, own.required) or f"it has {', '.join(own.required)}"
                raise definition_error("KF204", f"http.invoke has no parameter {name!r}", hint=hint)
        needed = [name for name in own.needed if name not in parameters]
        if parameters.keys().isdisjoint(own.one_of):
            needed.append(own.one_of[0])
        if needed:
            raise definition_error("KF203", f"http.invoke needs the parameter {needed[0]!r}")
        method, methods = parameters["Method"], own.values["Method"]
        if isinstance(method, str) and method not in methods:
            raise definition_error("KF206", f"http.invoke: Method cannot be {method!r}", hint=", ".join(methods))
        return resource(HTTP_ENDPOINT, parameters)


http = _Http()
