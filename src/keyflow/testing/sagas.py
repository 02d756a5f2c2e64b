"""The proofs of sagas as assertions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from keyflow.compiler import compile_workflow
from keyflow.dsl.api import Api, answer_seconds
from keyflow.dsl.workflow import Workflow
from keyflow.testing.projects import definitions_of, workflow_named
from keyflow.verify import Clash, Counterexample, Isolation, Proof, Subject, isolations, prove, subject_of_workflow


def assert_saga(
    workflow: Workflow | str, *apis: Api, depth: int = 2, strict: bool = False, folder: Path | None = None
) -> Proof:
    """Proves P1 to P5 of a workflow: every fault of every call, alone and in pairs.

    Args:
        workflow: The workflow, or its name in the project.
        apis: APIs with routes to it: their answers are part of the proof. A name brings those of the project.
        depth: How many faults strike together at the most, 1 or 2.
        strict: Whether what cannot be proven counts as well: the effects that no model knows, above all.
        folder: The project that a name is looked up in is this folder's, by default the current one's.

    Raises:
        AssertionError: a property is violated, or with `strict` not proven; the message has the shortest counterexample
            of each.
        ProjectError: KF113, the project has no workflow of the name.
    """
    subject = _named(workflow, apis, folder) if isinstance(workflow, str) else _given(workflow, apis)
    proof = prove(subject, depth=depth)
    found = [*proof.violations, *(proof.unprovable if strict else ())]
    if found:
        number = "1 finding" if len(found) == 1 else f"{len(found)} findings"
        raise AssertionError("\n".join([f"{subject.name}: {number}", *_lines(found)]))
    return proof


def assert_isolated(
    *workflows: Workflow | str,
    apis: Iterable[Api] = (),
    switches: int = 2,
    strict: bool = False,
    folder: Path | None = None,
) -> tuple[Isolation, ...]:
    """Proves P6 of workflows: of each beside itself, and of each pair that touches the same things.

    Args:
        workflows: The workflows, or their names in the project.
        apis: APIs with routes to them: their answers are part of the proof. A name brings those of the project.
        switches: How often two executions take turns at the most: with 2, one runs wholly inside the other.
        strict: Whether what cannot be proven counts as well.
        folder: The project that a name is looked up in is this folder's, by default the current one's.

    Raises:
        AssertionError: the property is violated, or with `strict` not proven; the message has the turns that show it.
        ProjectError: KF113, the project has no workflow of a name.
    """
    given = list(apis)
    subjects = [_named(each, given, folder) if isinstance(each, str) else _given(each, given) for each in workflows]
    proofs = tuple(isolations(subjects, switches=switches))
    found = [clash for each in proofs for clash in (*each.violations, *(each.unprovable if strict else ()))]
    if found:
        raise AssertionError("\n".join(line for clash in found for line in _turns(clash)))
    return proofs


def _turns(clash: Clash) -> Iterable[str]:
    finding = clash.finding
    yield f"{finding.property.name} ({finding.property.value}): {finding.message}"
    yield from (f"    {each.who}: {' > '.join(each.states)}" for each in clash.segments)
    yield f"    ended:  {'; '.join(f'{who} {ending}' for who, ending in clash.endings.items())}"
    yield f"    fix:    {finding.fix}"


def _given(workflow: Workflow, apis: Iterable[Api]) -> Subject:
    routes = [route for api in apis for route in api.routes if route.target is workflow]
    return subject_of_workflow(compile_workflow(workflow, answer_within=answer_seconds(routes)), apis)


def _named(name: str, apis: Iterable[Api], folder: Path | None) -> Subject:
    return subject_of_workflow(workflow_named(name, folder), [*definitions_of(folder).apis.values(), *apis])


def _lines(examples: Iterable[Counterexample]) -> Iterable[str]:
    for example in examples:
        finding = example.finding
        yield f"{finding.property.name} ({finding.property.value}): {finding.message}"
        yield f"    faults: {'; '.join(map(str, example.faults)) or 'none'}"
        yield f"    path:   {' > '.join(example.path)}"
        yield f"    ended:  {example.ended}{'' if example.answer is None else f', answered {example.answer}'}"
        yield f"    fix:    {finding.fix}"
