"""API Gateway's permissions: HTTP verbs on paths, which its models have.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
"""

from __future__ import annotations

from functools import cache

from keyflow.aws.authorization.arns import ResourceArn, pattern, unknown
from keyflow.aws.calls import OperationCall
from keyflow.aws.models import OperationModel
from keyflow.lazy import lazy_pattern

_VARIABLE = lazy_pattern(r"\{([^}+]+)\+?\}")


def api_gateway_path(call: OperationCall) -> ResourceArn:
    """`/usageplans/{usageplanId}/keys` with what is known filled in, and `*` for the rest."""
    path, late = "arn:${AWS::Partition}:apigateway:${AWS::Region}::", list[str]()
    for text, member in _pieces(call.model):
        path += text
        if member is not None:
            found = pattern(call.known.get(member))
            path += found
            late += unknown(found, member)
    return ResourceArn(path, tuple(late))


@cache
def _pieces(model: OperationModel) -> tuple[tuple[str, str | None], ...]:
    """The texts of a request's path, each with the argument that stands behind it; its query is no part of it."""
    members = dict(model.input.uri_members()) if model.input is not None else {}
    texts = _VARIABLE.split(model.http_path.removeprefix("/v2").split("?")[0])
    return tuple(zip(texts[::2], (*(members[name] for name in texts[1::2]), None), strict=True))
