"""Who answers calls of AWS behind the stubs: services in this process, AWS itself, or samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from keyflow import asl
from keyflow.aws.models import operation_model
from keyflow.dataclass import dataclass
from keyflow.engine.boto3_calls import Boto3, ClientOf
from keyflow.engine.runner import Runner
from keyflow.serve.aws_calls import AwsCalls
from keyflow.serve.rest_api import AwsAnswer, AwsRequest
from keyflow.serve.site import DEVELOPMENT_KEY, DirectCall

if TYPE_CHECKING:
    from botocore.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What answers tasks, and calls that routes make.

    `prepare` makes the tables, queues and buckets that definitions and routes name; `is_key` knows API keys. `set_up`
    lets a function put into services of this process what it likes.
    """

    tasks: Runner
    send: Callable[[AwsRequest], AwsAnswer]
    prepare: Callable[[Sequence[asl.StateMachine], Sequence[DirectCall]], None]
    is_key: Callable[[str], bool]
    set_up: Callable[[Callable[[ClientOf], None]], None] = lambda _fill: None


@contextmanager
def in_this_process() -> Iterator[Services]:
    """Moto's services, which begin empty.

    Raises:
        EngineError: KF606, moto is not installed.
    """
    from keyflow.engine.local import let_set_up, local_clients, make_named

    with local_clients() as clients:
        calls = AwsCalls(lambda service: clients(service, validates=False))

        def prepare(machines: Sequence[asl.StateMachine], routes: Sequence[DirectCall]) -> None:
            make_named(clients, machines, [(each.service, each.parameters) for each in routes])

        def is_key(value: str) -> bool:
            return value == DEVELOPMENT_KEY or _is_enabled_key(clients("apigateway"), value)

        def set_up(fill: Callable[[ClientOf], None]) -> None:
            let_set_up(fill, clients)

        yield Services(tasks=Boto3(clients), send=calls.send, prepare=prepare, is_key=is_key, set_up=set_up)


@contextmanager
def in_aws(region: str | None, profile: str | None, endpoint_url: str | None) -> Iterator[Services]:
    """AWS, or another endpoint that speaks as it does."""
    from keyflow.deploy import Clients

    class Forwarding(Clients):
        """Clients that send what they are given, once."""

        def _config(self) -> Config:
            from botocore.config import Config

            return Config(parameter_validation=False, retries={"total_max_attempts": 1})

    clients = Clients(region=region, profile=profile, endpoint_url=endpoint_url)
    calls = AwsCalls(Forwarding(region=region, profile=profile, endpoint_url=endpoint_url).client)

    def is_key(value: str) -> bool:
        return _is_enabled_key(clients.client("apigateway"), value)

    yield Services(tasks=Boto3(clients.client), send=calls.send, prepare=lambda *_named: None, is_key=is_key)


def _is_enabled_key(api_gateway: Any, value: str) -> bool:
    pages = api_gateway.get_paginator("get_api_keys").paginate(includeValues=True)
    return any(key["value"] == value and key["enabled"] for page in pages for key in page["items"])


@contextmanager
def by_samples() -> Iterator[Services]:
    """Samples of what the services' models allow."""
    from keyflow.verify.samples import Samples
    from keyflow.verify.world.answers import sample_answer

    def send(request: AwsRequest) -> AwsAnswer:
        return AwsAnswer(
            status=200, body=sample_answer(operation_model(request.service, request.operation), request.label)
        )

    yield Services(
        tasks=Samples(), send=send, prepare=lambda *_named: None, is_key=lambda value: value == DEVELOPMENT_KEY
    )
