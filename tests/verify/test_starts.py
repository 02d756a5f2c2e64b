"""P4 of routes that start workflows: what arrives, what AWS refuses, what fails; every broken integration is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from keyflow import Api, Parameter, Workflow, format
from keyflow.diagnostics import KeyflowError
from keyflow.engine import Execution
from keyflow.http.gateway import Gateway
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.verify import prove_answers
from keyflow.verify.judges.endpoint import Endpoint
from keyflow.verify.judges.starts import StartedRoute
from keyflow.verify.subjects.routes import started_routes
from tests.verify.integration_mutants import mutants

waits = Workflow("Waits", timeout=20)
waits.fail_if(waits.input["a"] == "x", "Told", 'it\'s "so"')
waits.fail_if(waits.input["a"] == "y", "Other", "another")
waits.succeed({"done": waits.input["a"]})
goes_on = Workflow("GoesOn", type="STANDARD", timeout=60)
goes_on.succeed({})

api = Api("all", cors="https://shop.example")
api.post(
    "/waits/{id}",
    waits,
    success=201,
    errors={"Told": 422, "Other": 409},
    input={
        "a": api.body["a"],
        "body": api.body,
        "id": api.path["id"],
        "q": api.query["q"],
        "h": api.headers["X-Thing"],
        "who": api.context["identity"]["userArn"],
        "text": format("{} of {}: {}", api.query["q"], api.path["id"], Parameter("Table")),
        "table": Parameter("Table"),
        "fixed": ['it\'s "so" \\ ü $foo #if(x)', 1, True, None, {}],
    },
)
api.post("/named", goes_on, asynchronous=True, name=api.headers["X-Name"], input={"n": api.headers["X-Name"]})
api.post("/goes-on", goes_on, asynchronous=True)
ROOT = Path(__file__).parents[2]
EXAMPLES = load_definitions(find_project(ROOT))
ROUTES = {route.label: route for route in started_routes(api)}

SHARE = 12
"""Of the mutants of the worked examples, one of so many is tried."""
EQUIVALENT = re.compile(r".*4.*: line \d+ \(#set\(\$context.responseOverride.status = 400\)\) removed")
"""A status of 400 is what the response has anyway."""


def endpoint_findings(route: StartedRoute) -> Iterator[str]:
    """What the judge of executions' ends says: of each end that an execution of the workflow can have."""
    if route.route.asynchronous:
        return
    endpoint = Endpoint(route.label, Gateway(route.integration), route.route.success, route.route.errors)
    for end in endpoint.ends():
        yield from (finding.mark for finding in endpoint.findings(end))
    done = Execution("SUCCEEDED", {"done": 'it\'s "so"'}, None, None, (), (), 0)
    yield from (finding.mark for finding in endpoint.findings(done))


def found(route: StartedRoute) -> bool:
    try:
        return bool([*route.findings(), *endpoint_findings(route)])
    except (KeyflowError, LookupError):  # a template that is none, or a response without a status: no proof ends well
        return True


@pytest.mark.parametrize("label", ROUTES)
def test_a_sound_route_is_sound(label: str) -> None:
    assert [finding.message for finding in ROUTES[label].findings()] == []
    assert not found(ROUTES[label])


@pytest.mark.parametrize("label", ROUTES)
def test_every_broken_integration_is_found(label: str) -> None:
    route = ROUTES[label]
    broken = [(what, replace(route, integration=each)) for what, each in mutants(route.integration)]
    assert len(broken) > 50
    survivors = [what for what, each in broken if not found(each)]
    assert [what for what in survivors if not EQUIVALENT.fullmatch(what)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "definitions").glob("*.py")), ids=lambda path: path.stem)
def test_every_route_of_the_worked_examples_is_sound_and_broken_ones_are_found(path: Path) -> None:
    for each in EXAMPLES.apis.values():
        if EXAMPLES.files[each.name] != f"definitions/{path.name}":
            continue
        assert prove_answers(each).violations == ()
        for route in started_routes(each):
            for what, broken in islice(mutants(route.integration), Random(route.label).randrange(SHARE), None, SHARE):
                assert found(replace(route, integration=broken)) or EQUIVALENT.fullmatch(what), (route.label, what)
