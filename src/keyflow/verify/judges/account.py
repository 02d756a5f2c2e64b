"""The account: what an execution has made, changed, sent and deleted, held against what may stay (S12 to S14).

It follows the identifiers that flow from call to call. What a definition declares is looked up, where it does, and
checked: a compensation that deletes nothing leaves what it says that it undoes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.engine import Execution
from keyflow.verify.judges.books import Books, Left
from keyflow.verify.judges.declared import Declared
from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.judges.malformed import Malformed
from keyflow.verify.judges.order import out_of_order
from keyflow.verify.world.runner import Entry
from keyflow.verify.world.things import Things

_DOCUMENTED = "nothing to do where AWS documents them"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Judges executions by what they leave in the world."""

    declared: Declared

    @property
    def may_loop(self) -> bool:
        """Whoever writes states says where they lead."""
        return True

    @property
    def knows_more(self) -> bool:
        """Whether effects are told, or compensations declared."""
        return bool(self.declared.told or self.declared.undoing)

    def error_lists(self, _state: str) -> Sequence[Sequence[str]]:
        """None: every error is a failure."""
        return ()

    def findings(
        self, _data: JSON, malformed: Sequence[Malformed], execution: Execution, log: Sequence[Entry], things: Things
    ) -> Iterator[Finding]:
        """What an execution violates; `malformed` are results that are not as models say."""
        books = Books(declared=self.declared, execution=execution, log=log, things=things)
        ordered = out_of_order(books.made, log, self.declared.side_by_side)
        done = [*books.touched(), *ordered, *books.made_twice()]
        yield from [malformed[-1].assumption(_DOCUMENTED, ())] if done and malformed and malformed[-1].is_odd else done
        if books.failed:
            yield from self._left(malformed, books)
            yield from self._unknown(books)
            yield from self._taken_for_given(log[0].call.state if log else execution.path[0])

    def left(self, execution: Execution, log: Sequence[Entry], things: Things) -> Iterator[str]:
        """What an execution leaves, in words, but for what is said to stay."""
        books = Books(declared=self.declared, execution=execution, log=log, things=things)
        yield from (each.label for each in books.left())

    def _unknown(self, books: Books) -> Iterator[Finding]:
        """What nobody can know: one finding for all such calls."""
        unknown = self.declared.unknown
        if any(entry.took_effect and entry.call.state in unknown for entry in books.log):
            names = ", ".join(map(repr, unknown))
            yield Finding(
                property=Property.P1,
                state=unknown[0],
                mark="unknown effect",
                message=f"what {names} {'do' if len(unknown) > 1 else 'does'}, no model knows: it may be left over",
                fix=self.declared.hint,
                weight=Weight.UNPROVABLE,
                left_over=unknown,
            )

    def _unseen(self, left: Left) -> Finding:
        """What may be there though nothing was answered: a violation where a definition says what it undoes."""
        lost = f"the answer of {left.state!r} may be lost when it has taken effect"
        lookup = (
            "look it up in the handler of States.Timeout by something that only this execution wrote, and undo that"
        )
        return Finding(
            property=Property.P1,
            state=left.state,
            mark="ambiguous",
            message=f"{lost}, and nothing undoes the {left.label}",
            fix=lookup if self.declared.undoing is None else self.declared.fix,
            weight=Weight.VIOLATION if self.declared.undoing else Weight.UNPROVABLE,
            left_over=(left.label,),
        )

    def _taken_for_given(self, state: str) -> Iterator[Finding]:
        """What the proof rests on beside what it tries."""
        for named in self.declared.handed_over:
            yield Finding(
                property=Property.P2,
                state=state,
                mark=named,
                message=f"what {named} names is handed over by whoever starts the workflow",
                fix="nothing to do where that is so",
                weight=Weight.ASSUMPTION,
            )

    def _left(self, malformed: Sequence[Malformed], books: Books) -> Iterator[Finding]:
        left = list(books.left())
        certain = [each for each in left if each.seen and not each.handed_on]
        names = tuple(dict.fromkeys(each.label for each in certain))
        if certain and books.ended_for_its_data:
            yield Finding(
                property=Property.P1,
                state=certain[0].state,
                mark="data",
                message=f"the data always has what is read of it: {books.execution.cause}",
                fix="nothing to do where whoever starts the execution sends it, and the calls before give it",
                weight=Weight.ASSUMPTION,
                left_over=names,
            )
        elif left and malformed:
            names = tuple(dict.fromkeys(each.label for each in left))
            yield malformed[-1].assumption(_DOCUMENTED, names)
            return
        elif certain:
            cut_off = books.execution.status == "TIMED_OUT"
            what = f"left behind{' when the time is up' if cut_off else ''}"
            fix = f"give each task a TimeoutSeconds, and {self.declared.fix}" if cut_off else self.declared.fix
            yield Finding(
                property=Property.P1,
                state=certain[0].state,
                mark=books.execution.status,
                message=f"{what}: {', '.join(names)}",
                fix=fix,
                left_over=names,
            )
        for each in left:
            if each.handed_on:
                yield _handed_on(each)
            elif not each.seen:
                yield self._unseen(each)


def _handed_on(left: Left) -> Finding:
    return Finding(
        property=Property.P1,
        state=left.state,
        mark=f"handed to {left.handed_on}",
        message=f"whether {left.handed_on!r} undoes the {left.label}, no model knows",
        fix=f"say what it does with --effects: {{{left.state!r}: [{left.handed_on!r}]}}",
        weight=Weight.UNPROVABLE,
        left_over=(left.label,),
    )
