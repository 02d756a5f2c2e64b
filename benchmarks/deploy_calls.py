"""How many calls a deployment makes: of nothing new, of one state that changed, of all of it; and how many it repeats.

AWS limits calls in a second, and each takes its time. What changes something is what a deployment is about; the least
that one state can take are two calls: the definition, which publishes a version, and the alias that leads to it. moto
answers here, so no time is measured.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto import mock_aws
from tests.deploy.moto_versions import versions

from keyflow import Workflow
from keyflow.build import Build, build
from keyflow.deploy import Clients, apply_plan, plan_deployment, resources
from keyflow.loading import Definitions
from keyflow.project import Project

WORKFLOWS = 10
READS = ("Get", "List", "Describe")


def made(changed: int) -> Build:
    """Workflows, of which so many have another comment."""
    flows = {}
    for number in range(WORKFLOWS):
        flow = Workflow(f"Flow{number}", timeout=5, comment="otherwise" if number < changed else None)
        flow.succeed({})
        flows[flow.name] = flow
    return build(Project(root=Path("/"), name="measured"), Definitions(flows, {}, dict.fromkeys(flows, "")))


@contextmanager
def counted() -> Iterator[tuple[Clients, Counter[str]]]:
    """Clients, and how often each call was made."""
    clients = Clients(region="eu-west-1")
    calls: Counter[str] = Counter()

    def count(model: Any, **_rest: Any) -> None:
        calls[model.name] += 1

    for service in ("iam", "logs", "cloudwatch", "stepfunctions", "sts"):
        clients.client(service).meta.events.register("before-call", count)
    yield clients, calls


def deploy(result: Build) -> tuple[int, int]:
    """The calls that read, and those that change something."""
    with counted() as (clients, calls):
        wanted = resources(result, "measured", clients.target("dev"), {})
        apply_plan(plan_deployment(wanted, clients), clients, lambda _change: None, sleep=lambda _seconds: None)
    reads = sum(count for name, count in calls.items() if name.startswith(READS))
    return reads, calls.total() - reads


def main() -> None:
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with mock_aws(), versions():
        print(f"{WORKFLOWS} workflows: calls that read, and calls that change something")
        for name, changed, most in (("all of it", 0, 8 * WORKFLOWS), ("nothing new", 0, 0), ("one state", 1, 2)):
            reads, writes = deploy(made(changed))
            print(f"  {name:12} {reads:4} {writes:4}")
            assert writes <= most, f"{name}: {writes} calls change something, {most} would do"


if __name__ == "__main__":
    main()
