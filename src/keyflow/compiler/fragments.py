"""What a writer of states returns: the states, where they are entered, and what whoever joins them has to know."""

from __future__ import annotations

from collections.abc import Iterable

from keyflow import asl
from keyflow.asl.quotas import STATE_NAME_CHARACTERS
from keyflow.compiler.layout import Marker, Place
from keyflow.compiler.names import shortened
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Location


class Label(str):
    """A state's name before all names are known; `assembled` adds a number where it is taken.

    Two labels mean the same state if `wanted` and `subjects` are the same. So give as subjects the steps that the state
    is about: writers that need it can each make the label. A copy of a label is text.
    """

    wanted: str
    key: tuple[object, ...]
    """Which state it is."""

    def __new__(cls, wanted: str, *subjects: object) -> Label:
        label = super().__new__(cls, shortened(wanted, STATE_NAME_CHARACTERS))
        label.wanted, label.key = wanted, (wanted, *subjects)
        return label

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The states of a branch or an iteration, which the state that holds them gets when every name is known."""

    start: str
    states: tuple[Written, ...]
    config: asl.ProcessorConfig | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One state: its name, the line that it comes from, and whether only an execution that fails enters it.

    `scopes` are a Parallel's branches or a Map's processor. `repeats` is the state whose call this one makes, too.
    """

    name: str
    state: asl.State
    location: Location
    failing: bool = False
    scopes: tuple[Enclosed, ...] = ()
    repeats: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A declared failure on its way: ask the marker, and go on to the Fail state `declared`."""

    declared: str
    marker: Marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """What a writer of states returns: some states of one scope. Lead to `entry` to run them.

    `tail` goes to the end of the outermost scope. Ask at `left` whether something could not be undone, and at `marks`
    which declared failure an execution is on its way to. A state may be in several fragments: the first one counts.
    """

    entry: asl.Transition = asl.END
    states: tuple[Written, ...] = ()
    tail: tuple[Written, ...] = ()
    left: tuple[Place, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def start(self) -> str:
        """The name of the state that it is entered at."""
        if not isinstance(self.entry, str):
            raise TypeError("a fragment without states has no start")
        return self.entry


def joined(entry: asl.Transition, fragments: Iterable[Fragment]) -> Fragment:
    """The fragments one behind the other, entered at `entry`."""
    states, tail = list[Written](), list[Written]()
    left, marks = list[Place](), list[Mark]()
    for part in fragments:
        states += part.states
        tail += part.tail
        left += part.left
        marks += part.marks
    return Fragment(entry=entry, states=tuple(states), tail=tuple(tail), left=tuple(left), marks=tuple(marks))


def single(
    name: str, state: asl.State, location: Location, *, failing: bool = False, repeats: str | None = None
) -> Fragment:
    """A fragment of one state."""
    written = Written(name=name, state=state, location=location, failing=failing, repeats=repeats)
    return Fragment(entry=name, states=(written,))


def leads_to(states: Iterable[Written], label: Label) -> bool:
    """Whether one of the states goes on to the one that the label stands for."""
    return any(isinstance(each, Label) and each.key == label.key for state in states for each in targets(state.state))


def targets(state: asl.State) -> tuple[str, ...]:
    """The states that a state leads to."""
    match state:
        case asl.Task() | asl.Parallel() | asl.Map():
            caught = tuple([catcher.next for catcher in state.catch or ()])
            return (state.next, *caught) if isinstance(state.next, str) else caught
        case asl.Pass() | asl.Wait():
            return (state.next,) if isinstance(state.next, str) else ()
        case asl.Choice(choices=rules, default=default):
            return (*(rule.next for rule in rules), *(() if default is None else (default,)))
        case asl.Succeed() | asl.Fail():
            return ()
