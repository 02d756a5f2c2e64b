"""What AWS offers: operations, shapes, casing, ARNs, error names and IAM actions, over botocore's models.

    from keyflow.aws import apigateway, dynamodb

imports services under boto3's names; a service's model is read when it is first named. What IAM asks for a call is told
by `keyflow.aws.authorization`, which only builds need.
"""

from __future__ import annotations

from keyflow.aws.calls import Call, Operation, OperationCall, ResourceCall
from keyflow.aws.error_names import ServiceError
from keyflow.aws.json_text import JsonText
from keyflow.aws.resources import Integration, Resource, resource_of
from keyflow.aws.results import Result
from keyflow.aws.runtime_values import RuntimeValue
from keyflow.aws.services import Service, service
from keyflow.aws.task_resources import activity, function, http, resource
from keyflow.aws.wrapped_integrations import WrappedCall, elasticmapreduce, execute_api

__all__ = [
    "Call",
    "Integration",
    "JsonText",
    "Operation",
    "OperationCall",
    "Resource",
    "ResourceCall",
    "Result",
    "RuntimeValue",
    "Service",
    "ServiceError",
    "WrappedCall",
    "activity",
    "elasticmapreduce",
    "execute_api",
    "function",
    "http",
    "resource",
    "resource_of",
    "service",
]


def __getattr__(name: str) -> Service:
    if name.startswith("__"):
        raise AttributeError(name)
    return service(name)
