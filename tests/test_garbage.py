"""The collector looks seldom while something large is made, and as before afterwards.

What it looks through is seen in a process of its own: here, all that was imported is frozen. What was built is kept by no
cache.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import weakref
from typing import Any

import pytest
from click.testing import CliRunner

from keyflow import Workflow
from keyflow.aws import apigateway
from keyflow.cli import main
from keyflow.compiler import compile_workflow
from keyflow.garbage import SELDOM, seldom_collected
from keyflow.policies import workflow_policy

PYTHONS_OWN = [700, 10, 10]
PROGRAM = """
import gc, json
from keyflow.garbage import seldom_collected

looks = []
gc.callbacks.append(lambda phase, info: looks.append(info["generation"]) if phase == "stop" else None)
with seldom_collected():
    during = gc.get_threshold()
    made = [[] for _ in range(20_000)]
    circle = []
    circle.append(circle)
    del circle
after = gc.get_threshold()
more = [[] for _ in range(after[0] // 2)]
early = list(looks)
found = gc.collect()

gc.freeze()
frozen = gc.get_freeze_count()
with seldom_collected():
    made += [[] for _ in range(1_000)]
print(json.dumps([during, after, early, found, frozen, gc.get_freeze_count()]))
"""


@pytest.fixture(scope="module")
def seen() -> Any:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_the_threshold_is_as_before_afterwards(seen: Any) -> None:
    during, after, *_ = seen
    assert (during, after) == ([SELDOM, *PYTHONS_OWN[1:]], PYTHONS_OWN)


def test_what_was_made_is_not_looked_through_at_the_end_and_its_garbage_is_found_later(seen: Any) -> None:
    _during, _after, early, found, *_ = seen
    assert early == []
    assert found >= 1


def test_what_a_program_has_frozen_stays_frozen(seen: Any) -> None:
    *_, before, after = seen
    assert before - 100 < after <= before


@pytest.mark.parametrize("threshold", [0, SELDOM, 10 * SELDOM])
def test_a_program_that_has_it_look_less_often_keeps_its_way(threshold: int) -> None:
    before = gc.get_threshold()
    try:
        gc.set_threshold(threshold, *before[1:])
        with seldom_collected():
            assert gc.get_threshold()[0] == threshold
        assert gc.get_threshold()[0] == threshold
    finally:
        gc.set_threshold(*before)


@pytest.mark.parametrize("first", [700, 10 * SELDOM])
def test_a_command_leaves_it_as_it_was(first: int) -> None:
    before = gc.get_threshold()
    try:
        gc.set_threshold(first, *before[1:])
        assert CliRunner().invoke(main, ["explain", "KF102"]).exit_code == 0
        assert gc.get_threshold()[0] == first
    finally:
        gc.set_threshold(*before)


def test_an_error_leaves_it_as_it_was() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), seldom_collected():
        raise KeyError
    assert gc.get_threshold() == before


def built() -> weakref.ref[Workflow]:
    workflow = Workflow("Gone", type="STANDARD")
    made = workflow.task("Make", apigateway.create_api_key(name=workflow.input["name"]))
    made.compensate("Remove", apigateway.delete_api_key(apiKey=made["id"]))
    workflow.succeed()
    assert workflow_policy(compile_workflow(workflow))["Statement"]
    return weakref.ref(workflow)


def test_what_was_built_is_kept_by_no_cache() -> None:
    workflow = built()
    gc.collect()
    assert workflow() is None
