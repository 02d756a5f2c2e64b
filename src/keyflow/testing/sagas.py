"""The proof of a saga as an assertion."""

from __future__ import annotations

from collections.abc import Iterable

from keyflow.compiler import compile_workflow
from keyflow.dsl.api import Api
from keyflow.dsl.workflow import Workflow
from keyflow.verify import Counterexample, Proof, prove, subject_of_workflow


def assert_saga(workflow: Workflow, *apis: Api, depth: int = 2, strict: bool = False) -> Proof:
    """Proves P1 to P5 of a workflow: every fault of every call, alone and in pairs.

    Args:
        workflow: The workflow.
        apis: APIs with routes to it: their answers are part of the proof.
        depth: How many faults strike together at the most, 1 or 2.
        strict: Whether what cannot be proven counts as well: the effects that no model knows, above all.

    Raises:
        AssertionError: a property is violated, or with `strict` not proven; the message has the shortest counterexample
            of each.
    """
    routes = [route for api in apis for route in api.routes if route.target is workflow]
    compiled = compile_workflow(workflow, synchronous=any(not route.asynchronous for route in routes))
    proof = prove(subject_of_workflow(compiled, apis), depth=depth)
    found = [*proof.violations, *(proof.unprovable if strict else ())]
    if found:
        number = "1 finding" if len(found) == 1 else f"{len(found)} findings"
        raise AssertionError("\n".join([f"{workflow.name}: {number}", *_lines(found)]))
    return proof


def _lines(examples: Iterable[Counterexample]) -> Iterable[str]:
    for example in examples:
        finding = example.finding
        yield f"{finding.property.name} ({finding.property.value}): {finding.message}"
        yield f"    faults: {'; '.join(map(str, example.faults)) or 'none'}"
        yield f"    path:   {' > '.join(example.path)}"
        yield f"    ended:  {example.ended}{'' if example.answer is None else f', answered {example.answer}'}"
        yield f"    fix:    {finding.fix}"
