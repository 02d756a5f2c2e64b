"""Resources whose name in the ARN is not quite the one in the call: functions, parameters, log groups.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
"""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws.authorization.arns import ResourceArn, is_arn, pattern, regional, unknown
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.calls import OperationCall
from keyflow.lazy import lazy_pattern

_PARTIAL = lazy_pattern(r"(?P<account>\d{12}):function:(?P<name>.+)")


def functions(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """The function by name, partial or whole ARN; a version or an alias of it is a resource of its own."""
    if "FunctionName" not in call.known or "function" not in "".join(grant.types):
        return None
    name = pattern(call.known["FunctionName"])
    partial = _PARTIAL.fullmatch(name)
    if partial is not None:
        arn = f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:{partial['account']}:function:{partial['name']}"
    else:
        arn = name if is_arn(name) else regional("lambda", f"function:{name}")
    if "Qualifier" in call.known:
        arn = f"{arn}:{pattern(call.known['Qualifier'])}"
    given = [(pattern(call.known[each]), each) for each in ("FunctionName", "Qualifier") if each in call.known]
    return iter([ResourceArn(arn, tuple(late for each in given for late in unknown(*each)))])


def parameters(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """Parameters, whose ARN has their path without the slash that it begins with."""
    member = next((each for each in ("Name", "Names", "Path") if each in call.known), None)
    if "parameter" not in grant.types or member is None:
        return None
    given = call.known[member]
    names = [pattern(each) for each in given] if isinstance(given, list | tuple) else [pattern(given)]
    return iter([_parameter(name, member) for name in names])


def _parameter(name: str, member: str) -> ResourceArn:
    if is_arn(name):
        return ResourceArn(name)
    path = name.removeprefix("/")
    return ResourceArn(regional("ssm", f"parameter/{path}"), unknown(path, member))


def log_groups(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """Log groups, which some actions ask for with `:*` behind them, and others without."""
    members = ("logGroupName", "logGroupIdentifier")
    member = next((each for each in members if each in call.known), None)
    if set(grant.types) != {"log-group"} or member is None:
        return None
    name = pattern(call.known[member])
    arn = name if is_arn(name) else regional("logs", f"log-group:{name}")
    late = unknown(name, member)
    return iter([ResourceArn(arn, late), ResourceArn(f"{arn.removesuffix(':*')}:*", late)])


def resources(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """What the service's own function below tells."""
    return _RESOURCES[call.service.name](call, grant)


_RESOURCES = {"lambda": functions, "ssm": parameters, "logs": log_groups}
