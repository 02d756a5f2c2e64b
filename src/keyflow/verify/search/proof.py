"""The whole proof of a subject, over as many processes as are wanted."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from typing import Protocol

from keyflow import asl
from keyflow.dataclass import dataclass
from keyflow.verify.judges.findings import Weight
from keyflow.verify.search.explore import Explorer, First, Watch, explorer_of
from keyflow.verify.search.scenarios import Counterexample, Findings
from keyflow.verify.search.trials import trials_of
from keyflow.verify.subjects.subject import Subject

_WORTH_A_PROCESS = 4_000
"""Scenarios to be tried from which on more processes are faster than one."""

Progress = Callable[[str, int, int], None]
"""Told what is tried now (`ALONE`, `TOGETHER`), how many scenarios of that have been run, and how many there are."""
ALONE, TOGETHER = "faults alone", "together"


class Origin(Hashable, Protocol):
    """Where a subject comes from: can be sent to another process, which makes the subject anew."""

    def load(self) -> Subject:
        """The subject."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What verification came to. `seconds` are of real time.

    Of the `scenarios`, those `tried` were run: each stands for those that nothing tells from it. `recognised` says that
    there is a call that is known to change something: without one, nothing is shown of what could be left over.
    `unentered` are the states that no scenario came to, and `untaken` the catchers that took no error in any, each by
    its state and the errors that it names: of them nothing is shown.
    """

    name: str
    scenarios: int
    tried: int
    violations: tuple[Counterexample, ...]
    unprovable: tuple[Counterexample, ...]
    assumptions: tuple[Counterexample, ...]
    seconds: float
    recognised: bool = True
    unentered: tuple[str, ...] = ()
    untaken: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no property is violated."""
        return not self.violations


def _silent(_stage: str, _done: int, _total: int) -> None:
    return


def prove(
    subject: Subject,
    *,
    depth: int = 2,
    origin: Origin | None = None,
    jobs: int = 1,
    progress: Progress = _silent,
    until_violated: bool = False,
    every: bool = False,
    watch: Watch | None = None,
) -> Proof:
    """Runs every scenario up to `depth` faults (1 or 2) and says what they show.

    Args:
        subject: What is verified.
        depth: How many faults strike together at the most.
        origin: Where another process gets the subject from; without it, one process does all.
        jobs: How many processes may work.
        progress: Is told how far it is.
        until_violated: Whether to stop at the first violation.
        every: Whether scenarios that differ in nothing but an error's name are all run; the outcome is the same.
        watch: Is given each run; then one process does all.

    Raises:
        EngineError: KF701, the definition cannot be run even where nothing goes wrong.
    """
    began = time.perf_counter()
    explorer = explorer_of(trials_of(subject), every=every, watch=watch)
    explorer.check_runs()
    findings, firsts = explorer.answers(), list[First]()
    for tried in explorer.alone():
        findings.include(tried.findings)
        firsts += tried.firsts
        progress(ALONE, tried.done, tried.total)
        if until_violated and findings.has_violation:
            break
    if depth > 1 and not (until_violated and findings.has_violation):
        total, done = sum(first.tried for first in firsts), 0
        if watch is None and origin is not None and jobs > 1 and total >= _WORTH_A_PROCESS:
            found = _spread(origin, firsts, jobs, every=every)
        else:
            found = _in_turn(explorer, firsts, until_violated=until_violated)
        with closing(found):
            for shown, first in zip(found, firsts, strict=False):
                findings.include(shown)
                done += first.tried
                progress(TOGETHER, done, total)
    return Proof(
        name=subject.name,
        scenarios=findings.scenarios,
        tried=findings.tried,
        violations=findings.of(Weight.VIOLATION),
        unprovable=_beside(findings.of(Weight.UNPROVABLE), findings.of(Weight.VIOLATION)),
        assumptions=findings.of(Weight.ASSUMPTION),
        seconds=time.perf_counter() - began,
        recognised=subject.recognises_changes,
        unentered=tuple(name for name, _state in asl.all_states(subject.machine) if name not in findings.entered),
        untaken=tuple(
            (name, errors) for name, index, errors in _catchers(subject.machine) if (name, index) not in findings.caught
        ),
    )


def _catchers(machine: asl.StateMachine) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """The catchers of a definition: the state of each, its index, and the errors that it names."""
    for name, state in asl.all_states(machine):
        if isinstance(state, asl.Task | asl.Parallel | asl.Map):
            yield from ((name, index, tuple(each.error_equals)) for index, each in enumerate(state.catch or ()))


def _beside(
    unprovable: tuple[Counterexample, ...], violations: tuple[Counterexample, ...]
) -> tuple[Counterexample, ...]:
    """What cannot be proven, but for that of states of which it is violated: the fix is the same."""
    violated = {(example.finding.property, example.finding.state) for example in violations}
    return tuple(each for each in unprovable if (each.finding.property, each.finding.state) not in violated)


def _in_turn(explorer: Explorer, firsts: Sequence[First], *, until_violated: bool) -> Generator[Findings, None, None]:
    """What the pairs behind each fault show."""
    for first in firsts:
        shown = explorer.pairs(first, until_violated=until_violated)
        yield shown
        if until_violated and shown.has_violation:
            return


# Other processes.


def _spread(origin: Origin, firsts: Sequence[First], jobs: int, *, every: bool) -> Generator[Findings, None, None]:
    """As `_in_turn`, by other processes; they end at once where this one is interrupted."""
    with ProcessPoolExecutor(jobs, initializer=_start, initargs=(origin, every)) as pool, ended_with_this_one():
        with _undisturbed():
            found = [pool.submit(_explore, first) for first in firsts]
        # Not map(): it cancels what is left, on which the pool's own thread fails when the processes are gone.
        for each in found:
            yield each.result()


@contextmanager
def ended_with_this_one() -> Iterator[None]:
    """Ends the processes that were started inside where an exception leaves it, Ctrl-C above all."""
    others = multiprocessing.active_children()
    try:
        yield
    except BaseException:
        for child in multiprocessing.active_children():
            if child not in others:
                child.terminate()
        raise


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keeps Ctrl-C waiting while processes are started: in the middle of a fork it would be lost."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_explorer: Explorer
"""Of a process that helps: it explores one subject."""


def _start(origin: Origin, every: bool) -> None:
    global _explorer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches each process; the first one ends the others
    _explorer = explorer_of(trials_of(origin.load()), every=every)


def _explore(first: First) -> Findings:
    return _explorer.pairs(first)
