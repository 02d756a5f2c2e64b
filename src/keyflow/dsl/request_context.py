"""`$context`: what API Gateway knows of a request beside its parts.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

from keyflow.diagnostics import did_you_mean

Keys = tuple[str, ...]

_VARIABLES = """
accountId apiId awsEndpointRequestId deploymentId domainName domainPrefix extendedRequestId httpMethod isCanaryRequest
path protocol requestId requestTime requestTimeEpoch resourceId resourcePath stage wafResponseCode webaclArn xrayTraceId
identity.accountId identity.apiKey identity.apiKeyId identity.caller identity.cognitoAuthenticationProvider
identity.cognitoAuthenticationType identity.cognitoIdentityId identity.cognitoIdentityPoolId identity.principalOrgId
identity.sourceIp identity.user identity.userAgent identity.userArn identity.vpcId identity.vpceId
identity.clientCert.clientCertPem identity.clientCert.subjectDN identity.clientCert.issuerDN
identity.clientCert.serialNumber identity.clientCert.validity.notBefore identity.clientCert.validity.notAfter
"""
CONTEXT_VARIABLES: frozenset[Keys] = frozenset(tuple(name.split(".")) for name in _VARIABLES.split())
"""The variables that a mapping template can read, but for those of authorizers."""

_GROUPS = frozenset(keys[:length] for keys in CONTEXT_VARIABLES for length in range(1, len(keys)))
_AUTHORIZER: Keys = ("authorizer",)
_CLAIMS: Keys = ("authorizer", "claims")
_LOGGED = """
authenticate authorize endpointType integration integrationLatency integrationStatus responseLatency responseLength
status waf
"""
_ELSEWHERE = {
    "error": "only the answers that API Gateway makes itself have it",
    "requestOverride": "it is written, not read",
    "responseOverride": "it is written, not read",
    **dict.fromkeys(_LOGGED.split(), "only access logs have it"),
}


def is_variable(keys: Keys) -> bool:
    """Whether a mapping template can read what the keys lead to: text, and no group of variables.

    What an authorizer gives has the names that its author chose, or that the claims of a token have.
    """
    if keys[:2] == _CLAIMS:
        return len(keys) == 3
    return len(keys) == 2 if keys[:1] == _AUTHORIZER else keys in CONTEXT_VARIABLES


def is_group(keys: Keys) -> bool:
    """Whether there are variables below the keys."""
    return keys in _GROUPS or keys in (_AUTHORIZER, _CLAIMS)


def is_of_authorizer(keys: Keys) -> bool:
    """Whether an authorizer must have given it."""
    return keys[:1] == _AUTHORIZER


def instead(keys: Keys) -> str | None:
    """A hint where the keys lead to nothing that can be read."""
    if keys[0] in _ELSEWHERE:
        return _ELSEWHERE[keys[0]]
    beside = {
        each[len(keys) - 1]
        for each in CONTEXT_VARIABLES
        if each[: len(keys) - 1] == keys[:-1] and len(each) >= len(keys)
    }
    beside |= {"authorizer"} if len(keys) == 1 else set()
    shown = f"it has {', '.join(sorted(beside))}" if beside else f"{'.'.join(keys[:-1])} is a text"
    return did_you_mean(keys[-1], sorted(beside)) or shown
