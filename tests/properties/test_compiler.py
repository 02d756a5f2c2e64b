"""What holds of every workflow that the DSL lets one write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow import Workflow, asl
from keyflow.compiler import compile_workflow
from keyflow.dsl.tasks import Task
from tests.drawing import examples
from tests.random_workflows import RandomWorkflow

randoms = st.randoms(use_true_random=False)
workflows = randoms.map(lambda random: RandomWorkflow(random).workflow)


def twice(random: Random) -> tuple[Workflow, Workflow]:
    """The same workflow, written twice."""
    state = random.getstate()
    first = RandomWorkflow(random).workflow
    random.setstate(state)
    return first, RandomWorkflow(random).workflow


def scopes(states: Mapping[str, asl.State], start: str) -> Iterator[tuple[str, Mapping[str, asl.State]]]:
    yield start, states
    for state in states.values():
        if isinstance(state, asl.Parallel):
            for branch in state.branches:
                yield from scopes(branch.states, branch.start_at)


def targets(state: asl.State) -> Iterator[str]:
    if isinstance(state, asl.Choice):
        yield from (rule.next for rule in state.choices)
        assert state.default is not None
        yield state.default
    elif not isinstance(state, asl.Succeed | asl.Fail) and isinstance(state.next, str):
        yield state.next
    if isinstance(state, asl.Task):
        yield from (catcher.next for catcher in state.catch or ())


@given(workflows)
@settings(max_examples=examples(60), deadline=None)
def test_the_definition_is_sound(workflow: Any) -> None:
    """It satisfies the schema, every state is reachable, every target exists, and names occur once."""
    compiled = compile_workflow(workflow)
    assert asl.validate(compiled.document) == ()
    assert asl.dump(asl.parse(compiled.document)) == compiled.document
    seen: list[str] = []
    for start, states in scopes(compiled.machine.states, compiled.machine.start_at):
        seen += states
        reached, pending = set[str](), [start]
        while pending:
            name = pending.pop()
            if name not in reached:
                reached.add(name)
                pending += targets(states[name])
        assert reached == set(states)
    assert len(seen) == len(set(seen))
    assert set(seen) == set(compiled.sources)


@given(randoms)
@settings(max_examples=40, deadline=None)
def test_the_same_workflow_gives_the_same_bytes(random: Random) -> None:
    first, second = (compile_workflow(each).document for each in twice(random))
    assert json.dumps(first) == json.dumps(second)


@given(randoms)
@settings(max_examples=examples(60), deadline=None)
def test_the_happy_path_pays_for_no_compensation(random: Random) -> None:
    """S11: without compensations the same states are entered; the Choice behind a block is there for its errors."""
    with_undo, without = twice(random)
    for step in without.steps():
        if isinstance(step, Task):
            step.compensations.clear()
    assert compile_workflow(with_undo).happy_path == compile_workflow(without).happy_path


@pytest.mark.parametrize("seed", range(20))
def test_no_branch_of_a_parallel_block_fails(seed: int) -> None:
    """S3: a branch ends with an output whatever happens in it, so that no sibling is aborted."""
    machine = compile_workflow(RandomWorkflow(Random(seed)).workflow).machine
    for _start, states in list(scopes(machine.states, machine.start_at))[1:]:
        assert not [name for name, state in states.items() if isinstance(state, asl.Fail)]
