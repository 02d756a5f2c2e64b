"""The five names that one AWS thing has: boto3's, the ARN's, the parameter's, the error's and IAM's.

Step Functions' SDK integrations speak through the AWS SDK for Java 2.x, so the ARN's, the parameter's and the error's
names are those that its code generator derives from a service's model:
`CodegenNamingUtils.splitOnWordBoundaries`, `Utils.unCapitalize` and `DefaultNamingStrategy` in
https://github.com/aws/aws-sdk-java-v2. The developer guide has the table of services:
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from keyword import iskeyword

from keyflow.aws.models import ServiceModel
from keyflow.lazy import lazy_pattern

_WORD_BOUNDARIES = (
    (lazy_pattern(r"[^A-Za-z0-9]+"), " "),
    (lazy_pattern(r"([^a-z]{2,})(v[0-9]+)"), r"\1 \2 "),  # TESTv4
    (lazy_pattern(r"([^A-Z]{2,})(V[0-9]+)"), r"\1 \2 "),  # TestV4
    (lazy_pattern(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])"), " "),  # createdDate
    (lazy_pattern(r"([A-Z]+)([A-Z][a-z])"), r"\1 \2"),  # DBCluster
    (lazy_pattern(r"([0-9])([a-zA-Z])"), r"\1 \2"),  # S3Bucket
)

_RENAMED_MEMBERS: Mapping[str, str] = {
    "equals": "EqualsValue",  # java.lang.Object has a method of that name; the developer guide names the rename
    "Equals": "EqualsValue",
    "NULL": "Nul",  # dynamodb's customization.config: emitPropertyName NUL
}
"""The members that have another name in the SDK for Java than the rule gives them."""


@cache
def pascal_case(name: str) -> str:
    """A name in the Java SDK's PascalCase, each word folded: `DBInstanceNotFound` -> `DbInstanceNotFound`.

    So are services and errors named. Members are not: see `member_name`.
    """
    for boundary, replacement in _WORD_BOUNDARIES:
        name = boundary.sub(replacement, name)
    return "".join(word[:1].upper() + word[1:].lower() for word in name.split())


@cache
def member_name(name: str) -> str:
    """A member of parameters or results as SDK integrations spell it.

    Only the leading run of capitals is folded: `DBName` -> `DbName`, `TemplateURL` and `dynamoDBv2` ->
    `TemplateURL` and `DynamoDBv2`. The last capital of the run begins the next word where a small letter follows it.
    """
    if name in _RENAMED_MEMBERS:
        return _RENAMED_MEMBERS[name]
    end = 1
    while end < len(name) and name[end].isupper() and not name[end + 1 : end + 2].islower():
        end += 1
    return name[0].upper() + name[1:end].lower() + name[end:]


def capitalised(name: str) -> str:
    """A name with its first letter in upper case: how optimized integrations spell the members of their APIs."""
    return name[:1].upper() + name[1:]


def uncapitalised(name: str) -> str:
    """A name with its first letter in lower case: `CreateApiKey` -> `createApiKey`, the action in an ARN."""
    return name[:1].lower() + name[1:]


@cache
def java_client(service_id: str) -> str:
    """The Java SDK's client of a service, from its model's `serviceId`: `Config Service` -> `Config`."""
    return pascal_case(service_id).removeprefix("Amazon").removeprefix("Aws").removesuffix("Service")


def sdk_service(service: ServiceModel) -> str:
    """The service in an SDK integration's ARN: `CloudWatch Logs` -> `cloudwatchlogs`."""
    return java_client(service.service_id).lower()


def sdk_error_prefix(service: ServiceModel) -> str:
    """The service in an SDK integration's error names: `API Gateway` -> `ApiGateway`."""
    return java_client(service.service_id)


def sdk_error_name(service: ServiceModel, error: str) -> str:
    """The error that a Catch names: both parts in PascalCase, ending in Exception instead of Fault or of nothing."""
    return f"{sdk_error_prefix(service)}.{exception_name(pascal_case(error.removesuffix('Fault')))}"


def exception_name(error: str) -> str:
    """The class of an error in the Java SDKs: it ends in Exception, where the service's own name does not."""
    return f"{error.removesuffix('Exception')}Exception"


def python_name(service: str) -> str:
    """How a service is imported: `cognito-idp` -> `cognito_idp`, `lambda` -> `lambda_`."""
    name = service.replace("-", "_")
    return f"{name}_" if iskeyword(name) else name
