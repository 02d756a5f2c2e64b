"""A call as a value: the operation, its checked arguments, and the names that Step Functions knows it by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import cache, cached_property
from typing import Any, Self, TypeVar

from keyflow.aws.arguments import Arguments
from keyflow.aws.effects import Effect, effect_of
from keyflow.aws.error_names import ServiceError, impossible_name
from keyflow.aws.json_text import with_texts
from keyflow.aws.models import OperationModel, ServiceModel
from keyflow.aws.naming import python_name
from keyflow.aws.resources import TASK_TOKEN, Integration, Resource, integration_of, resource_of
from keyflow.aws.results import PAYLOAD, Result
from keyflow.aws.runtime_values import RuntimeValue, with_constants
from keyflow.dataclass import dataclass
from keyflow.diagnostics import DefinitionError, Diagnostic, Location, calling_location, definition_error
from keyflow.making import note_call

T = TypeVar("T")


def _no_error(error: object) -> DefinitionError:
    hint = "for instance dynamodb.errors.ConditionalCheckFailedException"
    if isinstance(error, type) and issubclass(error, BaseException):
        hint = f"an exception of a function goes by its name: {error.__name__!r}"
    return definition_error("KF208", f"an error is a name, or one of a service's errors, not {error!r}", hint=hint)


_METADATA = ("SdkHttpMetadata", "SdkResponseMetadata")
"""What the optimized integrations add to a result: the HTTP answer's own data."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Call(ABC):
    """What a Task does, with its arguments.

    `written` are the arguments as they were written, `parameters` under the names that Step Functions has for them.
    `pattern` says what the Task waits for: the response (empty), the end of a job (`sync`, `sync:2`), or a task token
    (`waitForTaskToken`). `role` is the ARN of the role that the call is made with, where it is not the execution's own;
    `roles` are those that it may be, where only an execution knows it. `is_read` says that its author knows that it
    changes nothing.
    """

    written: Any
    parameters: Any
    location: Location
    pattern: str = ""
    role: Any = None
    roles: tuple[Any, ...] = ()
    is_read: bool = False
    _memo: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        note_call(self)

    def once(self, analysis: Callable[[Call], T]) -> T:
        """What an analysis finds, which several passes ask for; it goes with the call."""
        if analysis not in self._memo:
            self._memo[analysis] = analysis(self)
        found: T = self._memo[analysis]
        return found

    @cached_property
    def known(self) -> Any:
        """The arguments as they were written, with what constant expressions give in their places."""
        return with_constants(self.written)

    @property
    @abstractmethod
    def resource(self) -> str:
        """The ARN that a Task names."""

    @property
    @abstractmethod
    def label(self) -> str:
        """How messages name the call: `apigateway.create_api_key`."""

    @property
    @abstractmethod
    def result(self) -> Result:
        """The shape of what the call gives."""

    @property
    @abstractmethod
    def ambiguous_errors(self) -> tuple[str, ...]:
        """The errors after which nobody can tell whether the call has taken effect."""

    @property
    @abstractmethod
    def definite_errors(self) -> tuple[str, ...] | None:
        """Of a call that runs somebody's own code, the errors by which it did nothing; any other leaves it open."""

    @property
    def gone_errors(self) -> tuple[str, ...]:
        """The errors by which the call says that what it is about does not exist (any more)."""
        return ()

    @property
    def next_page(self) -> str | None:
        """The member of the result that is there where what is listed goes on on another page."""
        return None

    @property
    def effect(self) -> Effect:
        """What the call does; `UNKNOWN` of what runs somebody's own code."""
        return Effect.READS if self.is_read else self._own_effect

    @property
    @abstractmethod
    def _own_effect(self) -> Effect:
        """What the call does by itself, whatever its author says."""

    def reads(self) -> Self:
        """The call, of which its author knows that it changes nothing: of a function, for instance (S12).

        Raises:
            DefinitionError: KF265, its effect is known, and it is another.
        """
        if self._own_effect not in (Effect.UNKNOWN, Effect.READS):
            raise definition_error(
                "KF265",
                f"{self.label} does not only read: it {self._own_effect.value} something",
                hint="reads() is for what no model knows; say what undoes this call, or keep(...) it",
            )
        return replace(self, is_read=True, location=calling_location())

    @abstractmethod
    def error_name(self, error: ServiceError | str) -> str:
        """The name under which a Catch of this call meets an error.

        Raises:
            DefinitionError: KF208, the error is another service's.
        """

    def with_role(self, arn: Any, among: Sequence[Any] = ()) -> Self:
        """The call, made with another role: one of another account, for instance.

        The execution's role needs nothing but to assume that one.
        Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html

        Args:
            arn: The role's ARN: text, a parameter, or a value that the execution knows.
            among: The ARNs of the roles that a value of the execution may name: text or parameters. Without them a
                caller could choose any role that trusts the execution's.

        Raises:
            DefinitionError: KF238, it is neither, or a value of the execution that no list bounds.
        """
        if not isinstance(arn, str | RuntimeValue):
            raise definition_error("KF238", f"a role is named by its ARN, not by {arn!r}")
        bounds = [each for each in among if isinstance(each, str | RuntimeValue)]
        texts = [each.deployed_text() if isinstance(each, RuntimeValue) else each for each in with_constants(bounds)]
        if len(texts) < len(among) or None in texts or "*" in texts:
            raise definition_error("KF238", "among= lists the ARNs of roles: texts or parameters, and not '*'")
        is_late = isinstance(arn, RuntimeValue) and arn.deployed_text() is None and not arn.constant
        if is_late and not texts:
            raise definition_error(
                "KF238",
                f"{arn!r} chooses the role while the execution runs: it could be any role that trusts the execution's",
                hint="list the roles that it may be: with_role(value, among=['arn:aws:iam::123456789012:role/writer'])",
            )
        return replace(self, role=arn, roles=tuple(among), location=calling_location())


@dataclass(frozen=True, eq=False, kw_only=True)
class OperationCall(Call):
    """One call of an AWS operation, written as in boto3 and held as Step Functions wants it."""

    model: OperationModel
    operation: str

    @property
    def service(self) -> ServiceModel:
        """The service's model."""
        return self.model.service

    @property
    def integration(self) -> Integration:
        """How Step Functions makes the call."""
        return integration_of(self.model, self.operation)

    @property
    def resource(self) -> str:
        """The ARN that a Task names: the optimized integration's where there is one, else the SDK's."""
        return f"{self.integration.arn}.{self.pattern}" if self.pattern else self.integration.arn

    def sync(self) -> OperationCall:
        """The call, ending when the job ends that it starts; its result is the job's description.

        For an execution that is the one whose output is JSON (`sync:2`).
        Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync

        Raises:
            DefinitionError: KF238, the integration cannot wait for this.
        """
        optimized = self.integration.optimized
        pattern = None if optimized is None else optimized.jobs.get(self.operation)
        if pattern is None:
            raise definition_error(
                "KF238",
                f"Step Functions cannot wait for the end of what {self.label} starts",
                hint="wait for a task token, or ask for the state in a loop of its own",
            )
        return replace(self, pattern=pattern, location=calling_location())

    def wait_for_task_token(self) -> OperationCall:
        """The call, ending when somebody sends its task token back; its result is what they send.

        The token is `workflow.context["Task"]["Token"]` and stands somewhere in the arguments.
        Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token

        Raises:
            DefinitionError: KF238, the integration cannot wait for a token.
        """
        optimized = self.integration.optimized
        if optimized is not None and self.operation not in optimized.callbacks:
            raise definition_error("KF238", f"Step Functions cannot wait for a task token of {self.label}")
        return replace(self, pattern=TASK_TOKEN, location=calling_location())

    @property
    def label(self) -> str:
        return f"{python_name(self.service.name)}.{self.operation}"

    @property
    def result(self) -> Result:
        if self.pattern:
            return Result(self.operation, None, exact=True)  # a job's description, or a worker's own JSON
        return _result_of(self.integration)

    def error_name(self, error: ServiceError | str) -> str:
        if isinstance(error, str):
            self._check_name(error)
            return error
        if not isinstance(error, ServiceError):
            raise _no_error(error)
        if error.service != self.service.name:
            raise definition_error(
                "KF208", f"{self.label} cannot raise {error.service}.{error.name}: it is an error of another service"
            )
        return self.integration.error_name(error.name)

    def _check_name(self, error: str) -> None:
        """Raises KF208 where no error of the call can have the name: a Catch of it would never match."""
        hint = impossible_name(self.integration, error, waits=bool(self.pattern))
        if hint is not None:
            problem = f"no error of {self.label} is named {error!r}: nothing would ever match it"
            raise definition_error("KF208", problem, hint=hint)

    @property
    def unmodelled_error(self) -> str:
        """The error of the call that its service's model does not have."""
        return self.integration.unmodelled_error

    @property
    def _own_effect(self) -> Effect:
        return effect_of(self.model).effect

    @property
    def gone_errors(self) -> tuple[str, ...]:
        return self.integration.gone_errors

    @property
    def next_page(self) -> str | None:
        member = self.integration.model.next_page
        return None if member is None else self.integration.spelling(member)

    @property
    def ambiguous_errors(self) -> tuple[str, ...]:
        return self.integration.ambiguous_errors

    @property
    def definite_errors(self) -> tuple[str, ...] | None:
        return resource_of(self.resource).definite_errors


@cache
def _result_of(integration: Integration) -> Result:
    """What a call answers that waits for nothing more."""
    operation, optimized = integration.operation, integration.optimized
    if optimized is None:
        return Result(operation, integration.model.output, exact=False)
    of_a_function = (PAYLOAD,) if integration.runs_code else ()
    free = (*of_a_function, *optimized.results.get(operation, ()), *_METADATA)
    return Result(operation, integration.model.output, exact=True, free=free)


@dataclass(frozen=True, eq=False, kw_only=True)
class ResourceCall(Call):
    """A Task by the ARN of its resource: a function, an activity, an HTTP endpoint, or what no model knows.

    `arn` is text, or a value that is fixed when the workflow is deployed. Without parameters (`ABSENT`) the resource is
    given the whole data.
    """

    arn: Any
    given_kind: str | None = None

    @cached_property
    def resource(self) -> str:
        return self.arn if isinstance(self.arn, str) else self.arn.deployed_text()

    @property
    def kind(self) -> str:
        """What the resource is (see `Resource`): as it was called, where its ARN is known only to a deployment."""
        return self.given_kind or resource_of(self.resource).kind

    @property
    def label(self) -> str:
        return self.resource

    @property
    def result(self) -> Result:
        return Result(self.resource, None, exact=True)

    @property
    def ambiguous_errors(self) -> tuple[str, ...]:
        return self._known.ambiguous_errors

    @property
    def definite_errors(self) -> tuple[str, ...] | None:
        return self._known.definite_errors

    @property
    def _own_effect(self) -> Effect:
        found = self._known
        return Effect.UNKNOWN if found.integration is None else effect_of(found.integration.model).effect

    @property
    def _known(self) -> Resource:
        """What the resource is, by its ARN or by how it was called."""
        found = resource_of(self.resource)
        return found if found.integration is not None else replace(found, kind=self.kind)

    def error_name(self, error: ServiceError | str) -> str:
        if isinstance(error, str):
            return error
        if not isinstance(error, ServiceError):
            raise _no_error(error)
        found = resource_of(self.resource)
        if found.integration is not None and error.service == found.service:
            return found.integration.error_name(error.name)
        if self.kind == "function" and error.service == "lambda":
            return f"Lambda.{error.name}"
        raise definition_error("KF208", f"{self.label} cannot raise {error.service}.{error.name}")


@cache
def _arguments_of(integration: Integration) -> Arguments:
    return Arguments(
        operation=integration.operation,
        spelling=integration.spelling,
        json_members=integration.json_members,
        own_members=integration.own_members,
        token=integration.token,
    )


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a service; calling it checks the arguments and makes a `Call`."""

    model: OperationModel
    name: str

    def __repr__(self) -> str:
        return f"{python_name(self.model.service.name)}.{self.name}"

    def _unnamed(self, values: tuple[Any, ...]) -> DefinitionError:
        shape = self.model.input
        names = () if shape is None else tuple(dict.fromkeys((*shape.required, *shape.members)))
        shown = ", ".join(f"{name}={_in_short(value)}" for name, value in zip(names, values, strict=False))
        hint = f"write {self.name}({shown})" if shown else f"{self.name} takes no parameters"
        return definition_error("KF204", f"{self.name} takes its parameters by their names", hint=hint)

    def __call__(self, *unnamed: Any, **arguments: Any) -> OperationCall:
        """The call with these arguments.

        Raises:
            DefinitionError: an unknown (KF204) or missing (KF203) parameter, a wrong type (KF205) or value (KF206),
                an expression that DynamoDB refuses (KF275).
        """
        if unnamed:
            raise self._unnamed(unnamed)
        location = calling_location()
        integration = integration_of(self.model, self.name)
        if self.model.input is not None:
            arguments = with_texts(self.model.input, arguments, json_members=integration.json_members)
        checker = _arguments_of(integration)
        known = with_constants(arguments)
        diagnostics = checker.check(self.model.input, known, location) or self._expressions(known, location)
        if diagnostics:
            raise DefinitionError(*diagnostics)
        return OperationCall(
            model=self.model,
            operation=self.name,
            written=arguments,
            parameters=checker.convert(self.model.input, arguments),
            location=location,
        )

    def _expressions(self, arguments: Mapping[str, Any], location: Location) -> list[Diagnostic]:
        if self.model.service.name != "dynamodb":
            return []
        from keyflow.dynamodb.problems import problems

        found = problems(arguments)
        return [Diagnostic("KF275", f"{self.name}: {each.message}", location, each.hint) for each in found]


def _in_short(value: object) -> str:
    return repr(value) if isinstance(value, str | int | float | bool | None) and len(repr(value)) <= 40 else "..."
