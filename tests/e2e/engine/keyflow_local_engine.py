"""A LocalStack plugin: DynamoDB from moto, JSONata from Python, and three details as AWS has them. It waits less.

LocalStack's own DynamoDB and JSONata want a Java download; both have a pure Python stand-in. Its error names for API
Gateway, and its escapeJavaScript, which leaves the apostrophe alone, differ from what AWS documents. It starts no
synchronous execution by an alias.
"""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
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


def _version_of(provider: Any, context: Any, arn: str) -> str:
    """The version that an alias leads to, drawn by the shares of its versions; any other ARN as it is.

    What follows a `#` names the calls that are made to fail.
    """
    named, mark, case = arn.partition("#")
    alias = provider.get_store(context).aliases.get(named)
    return arn if alias is None else f"{alias.sample()}{mark}{case}"


def _resolve_aliases() -> None:
    """LocalStack 4.9 knows aliases in StartExecution alone, and starts no state machine itself that has some.

    It copies the state machine before, with its aliases, whose locks have no copy.
    """
    from localstack.services.stepfunctions.backend.alias import Alias
    from localstack.services.stepfunctions.provider import StepFunctionsProvider

    Alias.__deepcopy__ = lambda self, _memo: self

    original = StepFunctionsProvider.start_sync_execution

    def start_sync_execution(self: Any, context: Any, state_machine_arn: str, *given: Any, **named: Any) -> Any:
        return original(self, context, _version_of(self, context, state_machine_arn), *given, **named)

    StepFunctionsProvider.start_sync_execution = start_sync_execution


def _read_definitions_once() -> None:
    """LocalStack 4.9 reads a definition before each of its executions, which takes as long as most of them.

    Only the tree of a text is kept: its visitor makes new states for each execution, and changes no tree.
    """
    from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
    from localstack.services.stepfunctions.asl.parse.preprocessor import Preprocessor

    original, trees = AmazonStateLanguageParser.parse, dict[str, Any]()

    def parse(definition: str) -> tuple[Any, Any]:
        if definition in trees:
            return Preprocessor().visit(trees[definition]), trees[definition]
        program, trees[definition] = original(definition)
        return program, trees[definition]

    AmazonStateLanguageParser.parse = staticmethod(parse)


def _write_logs_at_once() -> None:
    """LocalStack 4.9 sends itself a request for each event of an execution that is logged."""
    from localstack.services.stepfunctions.asl.eval.event.logging import CloudWatchLoggingSession
    from moto.core.exceptions import JsonRESTError
    from moto.logs.models import logs_backends

    def put_events(self: Any, log_events: list[Any]) -> bool:
        to = self.configuration
        try:
            logs_backends[to.log_account_id][to.log_region].put_log_events(
                to.log_group_name, to.log_stream_name, log_events
            )
        except JsonRESTError:  # it makes the stream then, and comes again
            return False
        return True

    CloudWatchLoggingSession._put_events = put_events


def _retry_soon() -> None:
    """The intervals of retries pass in a tenth of their time: what is retried, and how often, is the same."""
    from localstack.services.stepfunctions.asl.component.common.retry import retrier_decl

    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 10))


@aws_provider(api="dynamodb", name="moto")  # type: ignore[untyped-decorator]
def dynamodb() -> Service:
    from localstack.services.apigateway.next_gen.execute_api.template_mapping import VelocityUtilApiGateway
    from localstack.services.moto import MotoFallbackDispatcher
    from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (
        state_task_service_aws_sdk as aws_sdk,
    )
    from localstack.services.stepfunctions.asl.jsonata import jsonata as bridge

    bridge._eval_jsonata = _evaluate_jsonata
    _resolve_aliases()
    _read_definitions_once()
    _write_logs_at_once()
    _retry_soon()
    VelocityUtilApiGateway.escapeJavaScript = _escape_javascript
    # AWS says `ApiGateway.NotFoundException`; LocalStack 4.9 would say `APIGateway`.
    aws_sdk._SERVICE_ERROR_NAMES["apigateway"] = "ApiGateway"
    return Service.for_provider(MotoDynamoDb(), dispatch_table_factory=MotoFallbackDispatcher)
