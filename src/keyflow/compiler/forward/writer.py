"""What every writer of the way forward has at hand, and where paths end that have no state of their own to end in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from keyflow import asl
from keyflow.compiler.data import Movement, put
from keyflow.compiler.fragments import Fragment, Label, joined, single
from keyflow.compiler.layout import ENDED
from keyflow.compiler.program import Program
from keyflow.compiler.scopes import Outermost, Scope
from keyflow.compiler.undo.undoing import Undoing
from keyflow.dataclass import dataclass
from keyflow.dsl.blocks import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """The program, who undoes iterations, and `write`, which gives the states of the blocks inside a step."""

    program: Program
    undoing: Undoing
    write: Callable[[Forward, Block, Scope, asl.Transition], Fragment]

    def landed(self, block: Block, scope: Scope, after: asl.Transition) -> Fragment:
        """A block's states, entered at one, even if the block has none."""
        inside = self.write(self, block, scope, after)
        end = landing(self, inside.entry, scope)
        return joined(end.entry, (inside, end))


def landing(forward: Forward, target: asl.Transition, scope: Scope) -> Fragment:
    """The target as a state: a path that ends the scope from a Choice or a Catch needs a state to end in."""
    if isinstance(target, str):
        return Fragment(entry=target)
    location = forward.program.workflow.location
    if isinstance(scope, Outermost):
        return single(Label("Done"), scope.dialect.output(None, location), location)
    ended = asl.Pass(**scope.dialect.passing(put((*scope.slot, ENDED), {}).ending(scope.slot)))
    return single(Label(f"{scope.name} Done", scope.subject), ended, location)


def ending(scope: Scope, following: asl.Transition, movement: Movement) -> Movement:
    """What becomes of a result in a state that may end its scope: then the scope's own output leaves it."""
    if isinstance(following, str):
        return movement
    if isinstance(scope, Outermost):
        return replace(movement, empties=True)
    return movement if scope.direct else movement.ending(scope.slot)
