"""AWS's services in this very process (moto), with the tables, queues and buckets that a definition's calls name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from keyflow import asl
from keyflow.aws import resource_of
from keyflow.engine.services import Boto3, ClientOf
from keyflow.libraries import library

_REGION = "us-east-1"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""


@contextmanager
def local_services(*machines: asl.StateMachine, set_up: Callable[[ClientOf], None] | None = None) -> Iterator[Boto3]:
    """A runner whose calls end in services of this process; they begin empty, and are gone at the end.

    Tables, queues and buckets that the definitions name are made first: a table with the key that some call of it
    names. Then `set_up` may put into them what it likes; the clients that it is given, and those of boto3's default
    session, are these services'.

    Raises:
        EngineError: KF606, moto is not installed.
    """
    moto = library("moto")
    with moto.mock_aws():
        import boto3

        session = boto3.Session(region_name=_REGION)
        clients: dict[str, Any] = {}

        def client(service: str) -> Any:
            if service not in clients:
                clients[service] = session.client(service)  # type: ignore[call-overload]
            return clients[service]

        for table, key in _tables(machines).items():
            _make_table(client("dynamodb"), table, key)
        for queue in _queues(machines):
            client("sqs").create_queue(QueueName=queue)
        for bucket in _buckets(machines):
            client("s3").create_bucket(Bucket=bucket)
        if set_up is not None:
            _let_set_up(set_up, client)
        yield Boto3(client)


def _let_set_up(set_up: Callable[[ClientOf], None], client: ClientOf) -> None:
    import boto3

    boto3.setup_default_session(region_name=_REGION)
    try:
        set_up(client)
    finally:
        boto3.DEFAULT_SESSION = None


def _tables(machines: Iterable[asl.StateMachine]) -> Mapping[str, Mapping[str, str]]:
    """The tables that calls name, each with the types of its key's attributes (HASH first)."""
    found: dict[str, dict[str, str]] = {}
    for parameters in _parameters(machines, "dynamodb"):
        table = parameters.get("TableName")
        if isinstance(table, str):
            key = parameters.get("Key")
            first = dict(list(parameters.get("Item", {}).items())[:1])  # no call says more: the item's first attribute
            attributes = key if isinstance(key, dict) else first
            types = {name: next(iter(value)).removesuffix(".$") for name, value in attributes.items() if value}
            if table not in found or isinstance(key, dict):
                found[table] = types
    return {table: types for table, types in found.items() if types}


def _queues(machines: Iterable[asl.StateMachine]) -> set[str]:
    urls = (parameters.get("QueueUrl") for parameters in _parameters(machines, "sqs"))
    return {url.rstrip("/").rsplit("/", 1)[-1] for url in urls if isinstance(url, str)}


def _buckets(machines: Iterable[asl.StateMachine]) -> set[str]:
    """The buckets that calls name, and Maps that read and write there, as far as a bucket can have the name."""
    calls = [parameters.get("Bucket") for parameters in _parameters(machines, "s3")]
    maps = [state for machine in machines for _name, state in asl.all_states(machine) if isinstance(state, asl.Map)]
    for each in (part for state in maps for part in (state.item_reader, state.result_writer) if part is not None):
        calls += [given.get("Bucket") for given in (each.parameters, each.arguments) if isinstance(given, dict)]
    return {name for name in calls if isinstance(name, str) and _BUCKET.fullmatch(name)}


def _parameters(machines: Iterable[asl.StateMachine], service: str) -> Iterator[Mapping[str, Any]]:
    """The parameters of every task that calls the service."""
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
