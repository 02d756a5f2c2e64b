"""API Gateway's permissions: HTTP verbs on paths, which its models have.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
"""

from __future__ import annotations

import re

from keyflow.aws.authorization.arns import ResourceArn, pattern, unknown
from keyflow.aws.calls import OperationCall


def api_gateway_path(call: OperationCall) -> ResourceArn:
    """`/usageplans/{usageplanId}/keys` with what is known filled in, and `*` for the rest."""
    shape = call.model.input
    members = dict(shape.uri_members()) if shape is not None else {}
    late: list[str] = []

    def value(match: re.Match[str]) -> str:
        found = pattern(call.known.get(members[match[1]]))
        late.extend(unknown(found, members[match[1]]))
        return found

    path = re.sub(r"\{([^}+]+)\+?\}", value, call.model.http_path.removeprefix("/v2"))
    return ResourceArn(f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::{path.split('?')[0]}", tuple(late))
