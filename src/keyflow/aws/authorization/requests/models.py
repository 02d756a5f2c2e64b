"""Bedrock: a model's id names a foundation model, or an inference profile and the models behind it.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
"""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.aws.authorization.arns import ANY, ResourceArn, is_arn, pattern, regional, unknown
from keyflow.aws.authorization.operations import Grant
from keyflow.aws.calls import OperationCall
from keyflow.lazy import lazy_pattern

_GEOGRAPHY = lazy_pattern(r"(?:us|us-gov|eu|apac|jp|au|ca|global)\.(?P<model>.+)")


def resources(call: OperationCall, grant: Grant) -> Iterator[ResourceArn] | None:
    """The model that a call names; in any region, where a profile chooses the region."""
    if "modelId" not in call.known or not grant.action.startswith("bedrock:InvokeModel"):
        return None
    given = pattern(call.known["modelId"])
    if given == ANY:
        return iter([ResourceArn("arn:${AWS::Partition}:bedrock:*:*:*", ("modelId",))])
    if is_arn(given):
        return iter([ResourceArn(given)])
    late = unknown(given, "modelId")
    profile = _GEOGRAPHY.fullmatch(given)
    if profile is None:
        return iter([ResourceArn(f"arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}::foundation-model/{given}", late)])
    behind = f"arn:${{AWS::Partition}}:bedrock:*::foundation-model/{profile['model']}"
    return iter([ResourceArn(regional("bedrock", f"inference-profile/{given}"), late), ResourceArn(behind, late)])
