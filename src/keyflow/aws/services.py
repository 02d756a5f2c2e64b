"""Services under boto3's names: `apigateway.create_api_key(...)`, `dynamodb.errors.ResourceNotFoundException`."""

from __future__ import annotations

from functools import cache

from keyflow.aws.calls import Operation
from keyflow.aws.error_names import ServiceError
from keyflow.aws.models import ServiceModel, service_model, service_names
from keyflow.aws.naming import python_name
from keyflow.diagnostics import definition_error, did_you_mean


class ServiceErrors:
    """The errors of a service's model, as attributes."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model

    def __getattr__(self, name: str) -> ServiceError:
        if name.startswith("__"):
            raise AttributeError(name)
        if not self._model.has_error(name):
            raise definition_error(
                "KF208", f"{self._model.name} has no error {name!r}", hint=did_you_mean(name, self._model.errors)
            )
        return ServiceError(self._model.name, name)

    def __dir__(self) -> list[str]:
        return list(self._model.errors)


class Service:
    """One AWS service; its operations are attributes, under boto3's names."""

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        self.errors = ServiceErrors(model)

    def __getattr__(self, name: str) -> Operation:
        if name.startswith("__"):
            raise AttributeError(name)
        operation = self.model.operation(name)
        if operation is None:
            raise definition_error(
                "KF202",
                f"{self.model.name} has no operation {name!r}",
                hint=did_you_mean(name, self.model.operations),
            )
        found = Operation(operation, name)
        setattr(self, name, found)  # it is asked for once for each call
        return found

    def __dir__(self) -> list[str]:
        return ["errors", *self.model.operations]

    def __repr__(self) -> str:
        return f"<keyflow.aws.{python_name(self.model.name)}>"


@cache
def service(name: str) -> Service:
    """The service with this name, in boto3's spelling or as a Python name.

    Raises:
        DefinitionError: KF201, botocore has no such service.
    """
    model = service_model(name) or service_model(name.rstrip("_").replace("_", "-"))
    if model is None:
        known = [python_name(service_name) for service_name in service_names()]
        raise definition_error("KF201", f"AWS has no service {name!r}", hint=did_you_mean(name, known))
    return Service(model)
