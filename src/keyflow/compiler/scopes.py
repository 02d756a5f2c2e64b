"""The scopes that states stand in: the outermost, a branch, an iteration; each with the dialect of its states."""

from __future__ import annotations

from keyflow.compiler.dialects import Dialect
from keyflow.compiler.layout import ROOT, Slot
from keyflow.dataclass import dataclass
from keyflow.dsl.maps import Map
from keyflow.dsl.steps import Branch


@dataclass(frozen=True, slots=True)
class Outermost:
    """The scope of the workflow itself."""

    name: str
    dialect: Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class InBranch:
    """A branch; it ends with what its slot holds, a `direct` one with its only task's result."""

    branch: Branch
    slot: Slot
    direct: bool
    dialect: Dialect

    @property
    def name(self) -> str:
        return self.branch.name

    @property
    def subject(self) -> object:
        """What names of its states stand for."""
        return self.branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Iteration:
    """An iteration of a Map: its slot is a member of the data itself. `dialect` is the one inside it."""

    map: Map
    slot: Slot
    dialect: Dialect

    direct = False

    @property
    def name(self) -> str:
        return self.map.name

    @property
    def subject(self) -> object:
        """What names of its states stand for."""
        return self.map

    @property
    def raises(self) -> bool:
        """Whether errors leave it, and are the Map's."""
        return self.map.result_writer is not None

    @property
    def settles(self) -> bool:
        """Whether it undoes itself when it fails."""
        return self.map.is_tolerant


Inner = InBranch | Iteration
Scope = Outermost | Inner


def is_in_iteration(scope: Inner) -> bool:
    """Whether there is a Map around it, or it is an iteration itself."""
    return scope.slot[0] != ROOT
