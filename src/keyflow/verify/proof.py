"""The whole proof of a subject, over as many processes as are wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from keyflow.verify.explore import Counterexample, Explorer, Findings, Progress, Scenario
from keyflow.verify.findings import Weight
from keyflow.verify.subject import Subject

_CHUNK = 8
"""Single faults whose pairs one process explores at a time."""
_WORTH_A_PROCESS = 4_000
"""Scenarios from which on more processes are faster than one."""


class Origin(Hashable, Protocol):
    """Where a subject comes from: can be sent to another process, which makes the subject anew."""

    def load(self) -> Subject:
        """The subject."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What verification came to. `seconds` are of real time."""

    name: str
    scenarios: int
    violations: tuple[Counterexample, ...]
    unprovable: tuple[Counterexample, ...]
    assumptions: tuple[Counterexample, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether no property is violated."""
        return not self.violations


def _silent(_done: int, _total: int) -> None:
    return


def prove(
    subject: Subject,
    *,
    depth: int = 2,
    origin: Origin | None = None,
    jobs: int = 1,
    progress: Progress = _silent,
    until_violated: bool = False,
) -> Proof:
    """Runs every scenario up to `depth` faults (1 or 2) and says what they show.

    Args:
        subject: What is verified.
        depth: How many faults strike together at the most.
        origin: Where another process gets the subject from; without it, one process does all.
        jobs: How many processes may work.
        progress: Is told how far it is.
        until_violated: Whether to stop at the first violation.

    Raises:
        EngineError: KF701, the definition cannot be run even where nothing goes wrong.
    """
    began = time.perf_counter()
    explorer = Explorer(subject)
    findings = explorer.findings
    singles: list[Scenario] = []
    pairs = 0
    for single in explorer.singles():
        if until_violated and findings.has_violation:
            break
        pairs += explorer.count_pairs(single)
        singles.append(single)
        progress(findings.scenarios, findings.scenarios + (pairs if depth > 1 else 0))
    if depth > 1 and not (until_violated and findings.has_violation):
        total = findings.scenarios + pairs
        if origin is not None and jobs > 1 and pairs >= _WORTH_A_PROCESS:
            _spread(explorer, origin, len(singles), jobs, lambda done: progress(done, total))
        else:
            _explore(explorer, singles, lambda done: progress(done, total), until_violated)
    return Proof(
        subject.name,
        findings.scenarios,
        findings.of(Weight.VIOLATION),
        findings.of(Weight.UNPROVABLE),
        findings.of(Weight.ASSUMPTION),
        time.perf_counter() - began,
    )


def _explore(
    explorer: Explorer, singles: Sequence[Scenario], progress: Callable[[int], None], until_violated: bool = False
) -> None:
    for single in singles:
        for _scenario in explorer.pairs(single):
            if until_violated and explorer.findings.has_violation:
                return
        progress(explorer.findings.scenarios)


def _spread(explorer: Explorer, origin: Origin, count: int, jobs: int, progress: Callable[[int], None]) -> None:
    chunks = [range(start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK)]
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(_explore_chunk, [origin] * len(chunks), chunks):
            explorer.findings.include(found)
            progress(explorer.findings.scenarios)


def _explore_chunk(origin: Origin, chunk: range) -> Findings:
    """Explores the pairs of some single faults, in a process of its own."""
    subject, singles = _loaded(origin)
    explorer = Explorer(subject)
    _explore(explorer, [singles[index] for index in chunk], lambda _done: None)
    return explorer.findings


@lru_cache(maxsize=4)
def _loaded(origin: Origin) -> tuple[Subject, tuple[Scenario, ...]]:
    subject = origin.load()
    return subject, tuple(Explorer(subject).singles())
