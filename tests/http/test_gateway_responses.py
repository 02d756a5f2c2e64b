"""The kinds of answers that API Gateway gives on its own."""

from __future__ import annotations

from botocore.loaders import Loader

from keyflow.http.gateway_responses import GatewayResponse


def test_kinds_have_the_names_of_the_model() -> None:
    """Of the services' model: an OpenAPI document with another name is refused."""
    known = Loader().load_service_model("apigateway", "service-2")["shapes"]["GatewayResponseType"]["enum"]
    assert {each.name for each in GatewayResponse} <= set(known)
    assert len({each.value for each in GatewayResponse}) == len(GatewayResponse)
