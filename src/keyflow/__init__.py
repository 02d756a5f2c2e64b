"""Write AWS Step Functions workflows and their compensations as Python objects.

    from keyflow import Api, Parameter, Workflow
    from keyflow.aws import apigateway, dynamodb

A definition is plain Python: it is executed when it is built.
"""

from keyflow.diagnostics import (
    CheckError,
    DefinitionError,
    DeployError,
    Diagnostic,
    KeyflowError,
    Location,
    ProjectError,
)
from keyflow.dsl import intrinsics
from keyflow.dsl.api import Api
from keyflow.dsl.expressions import Condition, Value
from keyflow.dsl.intrinsics import format
from keyflow.dsl.state_machine import StateMachine
from keyflow.dsl.tasks import Retry, Task
from keyflow.dsl.values import Parameter, jsonata, jsonpath
from keyflow.dsl.workflow import Workflow

__version__ = "0.1.0"

__all__ = [
    "Api",
    "CheckError",
    "Condition",
    "DefinitionError",
    "DeployError",
    "Diagnostic",
    "KeyflowError",
    "Location",
    "Parameter",
    "ProjectError",
    "Retry",
    "StateMachine",
    "Task",
    "Value",
    "Workflow",
    "format",
    "intrinsics",
    "jsonata",
    "jsonpath",
]
