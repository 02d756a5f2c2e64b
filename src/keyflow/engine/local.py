"""AWS's services in this very process (moto), with the tables, queues and buckets that a definition's calls name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from keyflow import asl
from keyflow.aws import resource_of
from keyflow.engine.boto3_calls import Boto3, ClientOf
from keyflow.lazy import lazy_pattern
from keyflow.libraries import library

_REGION = "us-east-1"
_BUCKET = lazy_pattern(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""


class LocalClients:
    """boto3's clients of the services in this process, by boto3's names for them."""

    def __init__(self) -> None:
        import boto3

        self._session = boto3.Session(region_name=_REGION)
        self._clients: dict[tuple[str, bool], Any] = {}

    def __call__(self, service: str, *, validates: bool = True) -> Any:
        """The client of a service; where it does not validate, the service itself refuses what it does not take."""
        from botocore.config import Config

        key = (service, validates)
        if key not in self._clients:
            # boto3 says of a session that it is no matter for several threads, and of a client that it is.
            with _LOCK:
                if key not in self._clients:
                    config = Config(parameter_validation=validates)
                    self._clients[key] = self._session.client(service, config=config)  # type: ignore[call-overload]
        return self._clients[key]


_LOCK = threading.Lock()


@contextmanager
def local_clients() -> Iterator[LocalClients]:
    """Clients whose calls end in services of this process; they begin empty, and are gone at the end.

    Raises:
        EngineError: KF606, moto is not installed.
    """
    moto = library("moto")
    with moto.mock_aws():
        yield LocalClients()


@contextmanager
def local_services(*machines: asl.StateMachine, set_up: Callable[[ClientOf], None] | None = None) -> Iterator[Boto3]:
    """A runner whose calls end in services of this process, with what the definitions name.

    Then `set_up` may put into them what it likes; the clients that it is given, and those of boto3's default session,
    are these services'.

    Raises:
        EngineError: KF606, moto is not installed.
    """
    with local_clients() as clients:
        make_named(clients, machines)
        if set_up is not None:
            let_set_up(set_up, clients)
        yield Boto3(clients)


def let_set_up(set_up: Callable[[ClientOf], None], clients: ClientOf) -> None:
    """Lets a function put into services what it likes."""
    import boto3

    boto3.setup_default_session(region_name=_REGION)
    try:
        set_up(clients)
    finally:
        boto3.DEFAULT_SESSION = None


def make_named(
    clients: LocalClients, machines: Sequence[asl.StateMachine], calls: Sequence[tuple[str, Mapping[str, Any]]] = ()
) -> None:
    """Makes the tables, queues and buckets that definitions name, and that are not there: a table with the key that
    some call of it names.

    Args:
        clients: Where they are made.
        machines: The definitions.
        calls: Other calls that name some, each with its service and its parameters.
    """
    tables = clients("dynamodb").list_tables()["TableNames"]
    for table, key in _tables(machines, calls).items():
        if table not in tables:
            _make_table(clients("dynamodb"), table, key)
    for queue in _queues(machines, calls):
        clients("sqs").create_queue(QueueName=queue)
    for bucket in _buckets(machines, calls):
        clients("s3").create_bucket(Bucket=bucket)


_Calls = Iterable[tuple[str, Mapping[str, Any]]]


def _tables(machines: Iterable[asl.StateMachine], calls: _Calls) -> Mapping[str, Mapping[str, str]]:
    """The tables that calls name, each with the types of its key's attributes (HASH first)."""
    found: dict[str, dict[str, str]] = {}
    for parameters in (part for each in _parameters(machines, calls, "dynamodb") for part in _parts(each)):
        table = parameters.get("TableName")
        if isinstance(table, str):
            key = parameters.get("Key")
            first = dict(list(parameters.get("Item", {}).items())[:1])  # no call says more: the item's first attribute
            attributes = key if isinstance(key, dict) else first
            types = {name: next(iter(value)).removesuffix(".$") for name, value in attributes.items() if value}
            if table not in found or isinstance(key, dict):
                found[table] = types
    return {table: types for table, types in found.items() if types}


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    """An object and all that lie in it: each part of a transaction names its own table."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _parts(each)


def _queues(machines: Iterable[asl.StateMachine], calls: _Calls) -> set[str]:
    urls = (parameters.get("QueueUrl") for parameters in _parameters(machines, calls, "sqs"))
    return {url.rstrip("/").rsplit("/", 1)[-1] for url in urls if isinstance(url, str)}


def _buckets(machines: Iterable[asl.StateMachine], calls: _Calls) -> set[str]:
    """The buckets that calls name, and Maps that read and write there, as far as a bucket can have the name."""
    named = [parameters.get("Bucket") for parameters in _parameters(machines, calls, "s3")]
    maps = [state for machine in machines for _name, state in asl.all_states(machine) if isinstance(state, asl.Map)]
    for each in (part for state in maps for part in (state.item_reader, state.result_writer) if part is not None):
        named += [given.get("Bucket") for given in (each.parameters, each.arguments) if isinstance(given, dict)]
    return {name for name in named if isinstance(name, str) and _BUCKET.fullmatch(name)}


def _parameters(machines: Iterable[asl.StateMachine], calls: _Calls, service: str) -> Iterator[Mapping[str, Any]]:
    """The parameters of every task, and of every other call, of the service."""
    yield from (parameters for called, parameters in calls if called == service)
    for _name, task in (each for machine in machines for each in asl.all_tasks(machine)):
        if resource_of(task.resource).service == service:
            for parameters in (task.parameters, task.arguments):
                if isinstance(parameters, dict):
                    yield parameters


def _make_table(client: Any, name: str, key: Mapping[str, str]) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": attribute, "KeyType": kind}
            for attribute, kind in zip(key, ("HASH", "RANGE"), strict=False)
        ],
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": kind} for attribute, kind in list(key.items())[:2]
        ],
        BillingMode="PAY_PER_REQUEST",
    )
