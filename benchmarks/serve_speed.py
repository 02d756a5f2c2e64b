"""How many requests `keyflow serve` answers, and how fast, beside LocalStack in the same run.

The same project is served here with stubs, and deployed to LocalStack, whose DynamoDB answers. 16 clients send 500
requests, each with a name of its own, and look for it in the answer. Then 8,000 more go to the server, until it keeps
all that it ever does, and 10,000 after them: its memory is looked at before and after these.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.command import keyflow
from tests.e2e.localstack import Engine, make_table, running
from tests.serve.running import Server, project_of, serving

CLIENTS, REQUESTS, FIRST, MORE = 16, 500, 8_000, 10_000
MOST_MS = 50.0
FLAT = 1.05
"""What the memory may be after all requests, against what it was after the first ones."""
DEFINITION = """
from keyflow import Api, Workflow
from keyflow.aws import dynamodb

keep = Workflow("Keep", timeout=20)
item, me = {"pk": {"S": keep.input["name"]}}, keep.context["Execution"]["Id"]
claim = keep.task("Claim", dynamodb.put_item(
    TableName="measured", Item={**item, "by": {"S": me}}, ConditionExpression="attribute_not_exists(pk)"))
claim.compensate("Release", dynamodb.delete_item(TableName="measured", Key=item), mine={"by": {"S": me}})
read = keep.task("Read", dynamodb.get_item(TableName="measured", Key=item))
store = keep.task("Store", dynamodb.put_item(TableName="measured", Item=item))
store.keep("it is the record")
keep.succeed({"kept": keep.input["name"]})

api = Api("measured")
api.post("/things", keep, authorization="public", success=201, input={"name": api.body["name"]}, request={
    "type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}})
"""
STUBS: dict[str, Any] = {name: {"Return": {}} for name in ("Claim", "Read", "Store")}


@dataclass(frozen=True)
class Load:
    """Milliseconds of each request, and how many answers were not the one that was asked for."""

    times: list[float]
    wrong: int
    seconds: float

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]

    def __str__(self) -> str:
        rate = len(self.times) / self.seconds
        return f"{rate:7.0f} requests a second, median {statistics.median(self.times):6.1f} ms, p95 {self.p95:6.1f} ms"


def sent(url: str, count: int) -> Load:
    """The answers to so many requests of all clients."""
    parts, numbers, lock = urlsplit(url), iter(range(count)), threading.Lock()
    times: list[float] = []
    wrong: list[object] = []

    def client() -> None:
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=120)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            name, began = f"name-{number}-{time.time_ns()}", time.perf_counter()
            connection.request("POST", parts.path, json.dumps({"name": name}), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read()
            times.append((time.perf_counter() - began) * 1000)
            if answer.status != 201 or json.loads(body) != {"kept": name}:
                wrong.append(body)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(times, len(wrong), time.perf_counter() - began)


def megabytes(server: Server) -> float:
    """The memory that the server's process holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1000


def deployed(engine: Engine, project: Path) -> str:
    make_table(engine, "measured", "pk")
    where = ["--stage", "measured", "--endpoint-url", engine.url, "--yes", "--format", "json"]
    done = keyflow("deploy", *where, cwd=project)
    url: str = json.loads(done.stdout)["endpoints"][0]["url"]
    return url


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        project = project_of(Path(folder), DEFINITION, stubs_json=json.dumps(STUBS))
        for name, url, server in _both(project):
            sent(url, CLIENTS)  # what is loaded at the first request is not measured
            load = sent(url, REQUESTS)
            print(f"{name:14}{load}; {load.wrong} wrong", flush=True)
            if server is None:
                continue
            wrong += load.wrong + sent(url, FIRST).wrong
            before = megabytes(server)
            more = sent(url, MORE)
            after = megabytes(server)
            print(f"{name:14}{more}; {more.wrong} wrong; memory {before:.0f} MB, after {MORE:,} more {after:.0f} MB")
            wrong += more.wrong + (load.p95 > MOST_MS) + (after > before * FLAT)
    return 1 if wrong else 0


def _both(project: Path) -> Iterator[tuple[str, str, Server | None]]:
    with serving(project, "--stub", "stubs.json") as server:
        yield "keyflow serve", f"{server.url}/measured/things", server
    with running() as engine:
        yield "LocalStack", deployed(engine, project), None


if __name__ == "__main__":
    sys.exit(main())
