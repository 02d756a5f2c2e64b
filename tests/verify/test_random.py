"""Random workflows are proven: what the compiler writes does what the definition says, whatever goes wrong."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keyflow.compiler import compile_workflow
from keyflow.verify import prove, subject_of_workflow
from tests.random_workflows import RandomWorkflow

randoms = st.randoms(use_true_random=False)
MOST_CALLS = 12
"""Of a workflow whose faults are tried in pairs: their number grows with the square, with plain ones' the cube."""


@pytest.mark.filterwarnings("ignore:The recursion limit")  # which the JSONata library raises
@given(randoms, st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=25, deadline=None)
def test_every_single_fault(random: Random, wild: bool, maps: bool, jsonata: bool) -> None:
    """P0 to P3, S1 to S8 and the part of S10 that needs no result; in iterations, too, and in both languages."""
    compiled = compile_workflow(RandomWorkflow(random, wild=wild, maps=maps, jsonata=jsonata).workflow)
    proof = prove(subject_of_workflow(compiled, ()), depth=1)
    assert proof.scenarios > 0
    assert [(example.finding.message, example.faults) for example in proof.violations] == []


@given(randoms)
@settings(max_examples=2, deadline=None)
def test_every_pair_of_faults(random: Random) -> None:
    workflow = RandomWorkflow(random, wild=True).workflow
    assume(sum(1 + len(task.compensations) for task in workflow.tasks()) <= MOST_CALLS)
    compiled = compile_workflow(workflow)
    proof = prove(subject_of_workflow(compiled, ()), until_violated=True)
    assert [(example.finding.message, example.faults) for example in proof.violations] == []
