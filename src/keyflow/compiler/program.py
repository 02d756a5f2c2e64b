"""What the writers of states work on: the workflow as the passes before them have left it."""

from __future__ import annotations

from collections.abc import Mapping

from keyflow import asl
from keyflow.compiler.analysis.budget import Budget
from keyflow.compiler.analysis.dataflow import Dataflow
from keyflow.compiler.analysis.saga import SagaPlan
from keyflow.compiler.dialects import Dialect
from keyflow.compiler.layout import Layout
from keyflow.dataclass import dataclass
from keyflow.dsl.blocks import Block, Step
from keyflow.dsl.maps import Map
from keyflow.dsl.workflow import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class StateNames:
    """The names that other texts are made of, and are therefore known before a state is written.

    `rungs` gives, for each undo stage, the state that undoing from there begins with, and at 0 the one behind the last;
    `entries` where a step is entered that has no name of its own; `declared` the Fail state of each error and cause, in
    the order in which they are first met, and `noted` those of them that an execution notes, in that order; `keys` what
    stands for a declared failure in a text of marks. `taken` are all of these, and the user's.
    """

    rungs: Mapping[int, str]
    start: str | None
    entries: Mapping[Step, str]
    declared: Mapping[tuple[str, str], str]
    noted: tuple[str, ...]
    keys: Mapping[str, str]
    taken: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is known of the workflow when its states are written.

    `first` is the step that runs first, where that can write all that keyflow owns.
    """

    workflow: Workflow
    block: Block
    first: Step | None
    dataflow: Dataflow
    layout: Layout
    saga: SagaPlan
    budget: Budget
    dialect: Dialect
    names: StateNames


def processor_config(map_step: Map) -> asl.ProcessorConfig:
    """Where the iterations of a Map run."""
    mode = "INLINE" if map_step.distributed is None else "DISTRIBUTED"
    return asl.ProcessorConfig(mode=mode, execution_type=map_step.distributed)
