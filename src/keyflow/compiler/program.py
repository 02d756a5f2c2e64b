"""What the lowering works on: the workflow as the passes before it have left it, and the states written so far."""

from __future__ import annotations

from dataclasses import field

from keyflow import asl
from keyflow.compiler.analysis.budget import Budget
from keyflow.compiler.analysis.dataflow import Dataflow
from keyflow.compiler.analysis.saga import Saga
from keyflow.compiler.dialects.dialect import Dialect
from keyflow.compiler.layout import Layout, Marker, Slot
from keyflow.compiler.names import Names
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location
from keyflow.dsl.blocks import Block
from keyflow.dsl.maps import Map
from keyflow.dsl.workflow import Workflow


@dataclass(slots=True)
class Scope:
    """A set of states that is being filled. `slot` and `direct` are a branch's; the outermost scope has no slot.

    `terminal` is the state that paths without a last state of their own end in, once one is needed; `failed` the one
    that a branch's errors lead to. Errors leave a `raising` scope; an iteration that `settles` goes on from failures to
    the state `settling`, which undoes what it has done.
    """

    name: str
    states: dict[str, asl.State]
    slot: Slot | None = None
    direct: bool = False
    terminal: str | None = None
    failed: str | None = None
    raising: bool = False
    settles: bool = False
    settling: str | None = None

    @property
    def is_iteration(self) -> bool:
        """Whether it is the processor of a Map: then its slot is a member of the data itself."""
        return self.slot is not None and len(self.slot) == 1

    def reserve(self, name: str) -> None:
        """Keeps a state's place in the order, before those that it leads to are written."""
        self.states[name] = asl.Pass()


@dataclass(slots=True)
class Program:
    """What is known of the workflow when its states are written."""

    workflow: Workflow
    block: Block
    dataflow: Dataflow
    layout: Layout
    saga: Saga
    budget: Budget
    names: Names
    dialect: Dialect


@dataclass(slots=True)
class Emitted:
    """The states written so far, in the outermost scope and in `tail`, which holds those that stand last.

    `failing` are those that only an execution that fails enters; `declared` the Fail state of each error and cause;
    `markers` where an execution notes which of those it is on its way to; `repeats` the states that make another's
    call, by name, with that one's.
    """

    scope: Scope
    tail: Scope
    sources: dict[str, Location] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    declared: dict[tuple[str, str], str] = field(default_factory=dict)
    markers: dict[str, list[Marker]] = field(default_factory=dict)
    repeats: dict[str, str] = field(default_factory=dict)
    unhandled: str | None = None

    def add(self, scope: Scope, name: str, state: asl.State, location: Location, *, failing: bool = False) -> str:
        """Adds a state; gives its name."""
        scope.states[name] = state
        self.sources[name] = location
        if failing:
            self.failing.add(name)
        return name


def processor(each: Map, start: str, scope: Scope) -> asl.Branch:
    """The processor of a Map: the scope's states, run where the Map says."""
    mode = "INLINE" if each.distributed is None else "DISTRIBUTED"
    config = asl.ProcessorConfig(mode=mode, execution_type=each.distributed)
    return asl.Branch(processor_config=config, start_at=start, states=scope.states)
