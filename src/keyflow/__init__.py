"""Write AWS Step Functions workflows and their compensations as Python objects.

    from keyflow import Api, Parameter, Workflow
    from keyflow.aws import apigateway, dynamodb

A definition is plain Python: it is executed when it is built. Each name is imported when it is first used, so that a
command pays for nothing that it does not need.
"""

from typing import TYPE_CHECKING

from keyflow.lazy import imported

if TYPE_CHECKING:
    from keyflow.diagnostics import (
        CheckError,
        DefinitionError,
        DeployError,
        Diagnostic,
        EngineError,
        KeyflowError,
        Location,
        ProjectError,
    )
    from keyflow.dsl import intrinsics
    from keyflow.dsl.api import Api
    from keyflow.dsl.authorization import CognitoAuthorizer, LambdaAuthorizer
    from keyflow.dsl.deployed import Parameter
    from keyflow.dsl.expressions import Condition, Value, all_of, any_of, not_
    from keyflow.dsl.intrinsics import format
    from keyflow.dsl.retries import Retry
    from keyflow.dsl.state_machine import StateMachine
    from keyflow.dsl.tasks import Task
    from keyflow.dsl.values import jsonata, jsonpath
    from keyflow.dsl.workflow import Workflow

__version__ = "0.1.0"

__all__ = [
    "Api",
    "CheckError",
    "CognitoAuthorizer",
    "Condition",
    "DefinitionError",
    "DeployError",
    "Diagnostic",
    "EngineError",
    "KeyflowError",
    "LambdaAuthorizer",
    "Location",
    "Parameter",
    "ProjectError",
    "Retry",
    "StateMachine",
    "Task",
    "Value",
    "Workflow",
    "all_of",
    "any_of",
    "format",
    "intrinsics",
    "jsonata",
    "jsonpath",
    "not_",
]

_MODULES = {
    "keyflow.diagnostics": (
        "CheckError",
        "DefinitionError",
        "DeployError",
        "Diagnostic",
        "EngineError",
        "KeyflowError",
        "Location",
        "ProjectError",
    ),
    "keyflow.dsl": ("intrinsics",),
    "keyflow.dsl.api": ("Api",),
    "keyflow.dsl.authorization": ("CognitoAuthorizer", "LambdaAuthorizer"),
    "keyflow.dsl.expressions": ("Condition", "Value", "all_of", "any_of", "not_"),
    "keyflow.dsl.intrinsics": ("format",),
    "keyflow.dsl.state_machine": ("StateMachine",),
    "keyflow.dsl.retries": ("Retry",),
    "keyflow.dsl.tasks": ("Task",),
    "keyflow.dsl.deployed": ("Parameter",),
    "keyflow.dsl.values": ("jsonata", "jsonpath"),
    "keyflow.dsl.workflow": ("Workflow",),
}


if not TYPE_CHECKING:  # else a checker would take every name for one

    def __getattr__(name: str) -> object:
        return imported(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
