"""The five names that one AWS thing has: boto3's, the ARN's, the parameter's, the error's and IAM's.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html; the SDK integration
follows the Java SDK v2, whose client and member names derive from the model's `serviceId` and member names.
"""

from __future__ import annotations

import re

from keyflow.aws.models import ServiceModel

_WORD_BOUNDARIES = (
    (re.compile(r"[^A-Za-z0-9]+"), " "),
    (re.compile(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])"), " "),  # createdDate
    (re.compile(r"([A-Z]+)([A-Z][a-z])"), r"\1 \2"),  # DBCluster
    (re.compile(r"([0-9])([a-zA-Z])"), r"\1 \2"),  # S3Bucket
)


def pascal_case(name: str) -> str:
    """A name in the Java SDK's PascalCase, acronyms folded: `apiStages` -> `ApiStages`, `DBName` -> `DbName`."""
    for boundary, replacement in _WORD_BOUNDARIES:
        name = boundary.sub(replacement, name)
    return "".join(word[:1].upper() + word[1:].lower() for word in name.split())


def capitalised(name: str) -> str:
    """A name with its first letter in upper case: how optimized integrations spell the members of their APIs."""
    return name[:1].upper() + name[1:]


def uncapitalised(name: str) -> str:
    """A name with its first letter in lower case: `CreateApiKey` -> `createApiKey`, the action in an ARN."""
    return name[:1].lower() + name[1:]


def sdk_service(service: ServiceModel) -> str:
    """The service in an SDK integration's ARN: `CloudWatch Logs` -> `cloudwatchlogs`."""
    return re.sub(r"[^a-z0-9]", "", service.service_id.lower())


def sdk_error_prefix(service: ServiceModel) -> str:
    """The service in an SDK integration's error names: `API Gateway` -> `ApiGateway`."""
    return pascal_case(service.service_id)


def sdk_error_name(service: ServiceModel, error: str) -> str:
    """The error that a Catch names: both parts in PascalCase, always ending in Exception."""
    return f"{sdk_error_prefix(service)}.{exception_name(pascal_case(error))}"


def exception_name(error: str) -> str:
    """The class of an error in the Java SDKs: it ends in Exception, where the service's own name does not."""
    return f"{error.removesuffix('Exception')}Exception"


def iam_prefix(service: ServiceModel) -> str:
    """The service in IAM's actions: the signing name, else the endpoint's (`logs`, `states`)."""
    return service.signing_name


def python_name(service: str) -> str:
    """How a service is imported: `cognito-idp` -> `cognito_idp`, `lambda` -> `lambda_`."""
    name = service.replace("-", "_")
    return f"{name}_" if name == "lambda" else name
