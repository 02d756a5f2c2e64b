"""A LocalStack plugin: DynamoDB from moto, JSONata from Python, and three details as AWS has them. It waits less.

LocalStack's own DynamoDB and JSONata want a Java download; both have a pure Python stand-in. Its error names for API
Gateway, and its escapeJavaScript, which leaves the apostrophe alone, differ from what AWS documents. It starts no
synchronous execution by an alias.
"""

from __future__ import annotations

import gc
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from localstack.aws.api.dynamodb import DynamodbApi
from localstack.services.plugins import Service, aws_provider


class MotoDynamoDb(DynamodbApi):  # type: ignore[misc]
    """Implements nothing itself, so that every operation falls back to moto."""


_EVALUATOR = ThreadPoolExecutor(1)
"""The library makes its parser anew for each thread, and each execution has threads of its own."""


def _evaluate_jsonata(expression: str) -> Any:
    from jsonata import Jsonata
    from localstack.services.stepfunctions.asl.jsonata import jsonata as bridge

    try:
        return _EVALUATOR.submit(lambda: Jsonata(expression).evaluate(None)).result()
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

    Only the tree of a text is kept, and the text of each of its nodes, which is asked for again and again. The visitor
    makes new states for each execution, and changes no tree. What looks at the tree alone is given no states.
    """
    from antlr4 import RuleContext
    from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
    from localstack.services.stepfunctions.asl.parse.preprocessor import Preprocessor
    from localstack.services.stepfunctions.asl.static_analyser.static_analyser import StaticAnalyser

    original, trees = AmazonStateLanguageParser.parse, dict[str, Any]()

    def parse(definition: str) -> tuple[Any, Any]:
        if definition in trees:
            return Preprocessor().visit(trees[definition]), trees[definition]
        program, trees[definition] = original(definition)
        return program, trees[definition]

    AmazonStateLanguageParser.parse = staticmethod(parse)

    def analyse(analyser: Any, definition: str) -> None:
        analyser.visit(trees[definition] if definition in trees else parse(definition)[1])

    StaticAnalyser.analyse = analyse

    read = RuleContext.getText

    def text(context: Any) -> str:
        if not hasattr(context, "text"):
            context.text = read(context)
        return str(context.text)

    RuleContext.getText = text


def _read_paths_once() -> None:
    """LocalStack 4.9 makes a parser for each path of a template and of a state, whenever it is evaluated."""
    from localstack.services.apigateway.next_gen.execute_api import template_mapping
    from localstack.services.stepfunctions.asl.component.common.path import result_path
    from localstack.services.stepfunctions.asl.utils import json_path

    for module in (template_mapping, result_path, json_path):
        module.parse = lru_cache(module.parse)


def _assume_roles_once() -> None:
    """LocalStack 4.9 sends itself a request for the credentials of each call of each task."""
    from localstack.services.stepfunctions.asl.utils import boto_client

    connect = boto_client.connect_to

    @lru_cache
    def assumed(role_arn: str, service_principal: str, region_name: str) -> Any:
        return connect.with_assumed_role(
            role_arn=role_arn,
            service_principal=service_principal,
            region_name=region_name,
            config=boto_client._BOTO_CLIENT_CONFIG,
        )

    def with_assumed_role(*, config: Any, **named: str) -> Any:
        return assumed(**named)

    boto_client.connect_to = SimpleNamespace(with_assumed_role=with_assumed_role)


def _say_less() -> None:
    """LocalStack 4.9 sends an event of each execution that ends, and logs each error that a definition catches."""
    from localstack.services.stepfunctions.backend.execution import Execution

    Execution.publish_execution_status_change_event = lambda self: None
    logging.getLogger("localstack.services.stepfunctions.asl").setLevel(logging.CRITICAL)


def _copy_no_logs() -> None:
    """LocalStack 4.9 copies every event of every log group to describe one of them."""
    from localstack.services.logs import provider

    provider.copy = SimpleNamespace(deepcopy=dict)


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


def _read_classes_once() -> None:
    """moto goes through the members of its classes for each request."""
    from moto.core import responses

    responses.method_names_from_class = lru_cache(responses.method_names_from_class)


def _look_for_little_garbage() -> None:
    """What is there now stays: a twentieth of the time would go to looking through it."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


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
    _read_paths_once()
    _assume_roles_once()
    _copy_no_logs()
    _say_less()
    _write_logs_at_once()
    _retry_soon()
    _read_classes_once()
    _look_for_little_garbage()
    VelocityUtilApiGateway.escapeJavaScript = _escape_javascript
    # AWS says `ApiGateway.NotFoundException`; LocalStack 4.9 would say `APIGateway`.
    aws_sdk._SERVICE_ERROR_NAMES["apigateway"] = "ApiGateway"
    return Service.for_provider(MotoDynamoDb(), dispatch_table_factory=MotoFallbackDispatcher)
