"""A LocalStack plugin: DynamoDB from moto, JSONata from Python, and two details as AWS has them.

LocalStack's own DynamoDB and JSONata want a Java download; both have a pure Python stand-in. Its error names for API
Gateway, and its escapeJavaScript, which leaves the apostrophe alone, differ from what AWS documents.
"""

from __future__ import annotations

import json
from typing import Any

from localstack.aws.api.dynamodb import DynamodbApi
from localstack.services.plugins import Service, aws_provider


class MotoDynamoDb(DynamodbApi):  # type: ignore[misc]
    """Implements nothing itself, so that every operation falls back to moto."""


def _evaluate_jsonata(expression: str) -> Any:
    from jsonata import Jsonata
    from localstack.services.stepfunctions.asl.jsonata import jsonata as bridge

    try:
        return Jsonata(expression).evaluate(None)
    except Exception as error:
        raise bridge.JSONataException("UNKNOWN", str(error)) from error


def _escape_javascript(_util: Any, value: Any) -> str:
    if value is None:
        return "null"
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1].replace("'", "\\'")


@aws_provider(api="dynamodb", name="moto")  # type: ignore[untyped-decorator]
def dynamodb() -> Service:
    from localstack.services.apigateway.next_gen.execute_api.template_mapping import VelocityUtilApiGateway
    from localstack.services.moto import MotoFallbackDispatcher
    from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (
        state_task_service_aws_sdk as aws_sdk,
    )
    from localstack.services.stepfunctions.asl.jsonata import jsonata as bridge

    bridge._eval_jsonata = _evaluate_jsonata
    VelocityUtilApiGateway.escapeJavaScript = _escape_javascript
    # AWS says `ApiGateway.NotFoundException`; LocalStack 4.9 would say `APIGateway`.
    aws_sdk._SERVICE_ERROR_NAMES["apigateway"] = "ApiGateway"
    return Service.for_provider(MotoDynamoDb(), dispatch_table_factory=MotoFallbackDispatcher)
