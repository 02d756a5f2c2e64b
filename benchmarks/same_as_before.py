"""Claim: a change for speed changes nothing else: artefacts, findings and proofs are those of another checkout.

    python -m benchmarks.same_as_before ../keyflow-before
    python -m benchmarks.same_as_before before.json          where `json.dumps(told_by(checkout))` is kept

Each checkout says, in a process of its own, what it makes of the same inputs: every artefact of the worked examples in
both query languages, the findings of `check` over a corpus, the proofs of the worked examples and of random workflows,
and executions of random definitions, histories included. The two are compared text by text.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import definitions_of

ROOT = Path(__file__).parents[1]
RANDOM_WORKFLOWS, RANDOM_DEFINITIONS = 12, 150
SHOWN = 20


def main() -> None:
    """Compares and prints; ends with 1 where something differs."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    given = Path(sys.argv[1])
    before = json.loads(given.read_text()) if given.is_file() else told_by(given)
    after = told_by(ROOT)
    different = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    print(f"{len(before)} results before, {len(after)} after, {len(different)} of them different")
    for name in different[:SHOWN]:
        print(f"  {name}\n    before: {_start(before.get(name))}\n    after:  {_start(after.get(name))}")
    sys.exit(1 if different else 0)


def _start(text: str | None) -> str:
    return "nothing" if text is None else text[:300]


def told_by(checkout: Path) -> dict[str, str]:
    """What a checkout makes of the inputs, which are always those of this one."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(checkout / "src"), str(ROOT)])}
    command = [sys.executable, "-c", "from benchmarks.same_as_before import tell; tell()"]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    told: dict[str, str] = json.loads(done.stdout)
    return told


def tell() -> None:
    """Prints what the keyflow that is imported makes of the inputs: texts by name."""
    print(json.dumps(dict([*_builds(), *_findings(), *_random_proofs(), *_executions()])))


def _builds() -> Iterator[tuple[str, str]]:
    """The artefacts and the proofs of the worked examples."""
    from keyflow.build import build
    from keyflow.dsl.workflow import Workflow
    from keyflow.project import find_project
    from keyflow.verify import subject_of_workflow

    for language in ("JSONPath", "JSONata"):
        project = find_project(ROOT)
        definitions = definitions_of(project)
        for workflow in definitions.workflows.values():
            if isinstance(workflow, Workflow):
                workflow.query_language = language
        built = build(project, definitions)
        for artefact in built.artefacts:
            yield f"{language} {artefact.name}", artefact.content.decode()
        for compiled in built.workflows:
            depth = 2 if language == "JSONPath" else 1
            yield (
                f"{language} proof of {compiled.workflow.name}",
                _proof(subject_of_workflow(compiled, built.apis), depth),
            )


def _proof(subject: Any, depth: int) -> str:
    """What a proof came to, without its time."""
    from keyflow.verify import prove

    proof = prove(subject, depth=depth)
    found = [*proof.violations, *proof.unprovable, *proof.assumptions]
    texts = [
        f"{each.finding} {list(map(str, each.faults))} {each.path} {each.answer} {each.scenarios}" for each in found
    ]
    return "\n".join([f"{proof.scenarios} scenarios", *texts])


def _findings() -> Iterator[tuple[str, str]]:
    """What check says of the committed artefacts, of the definitions of keyflow's tests, and of random ones."""
    from tests.check.test_findings import RIGHT, WRONG
    from tests.random_definitions import drawn

    from keyflow.check import check_text

    texts = {file.name: file.read_text() for file in sorted((ROOT / "build").iterdir())}
    texts |= {f"wrong/{name}.asl.json": json.dumps(document) for name, (document, _code) in WRONG.items()}
    texts |= {f"right/{name}.asl.json": json.dumps(document) for name, document in RIGHT.items()}
    texts |= {f"random/{index}.asl.json": json.dumps(drawn[0]) for index, drawn in enumerate(drawn(RANDOM_DEFINITIONS))}
    own = [text for name, text in texts.items() if name.endswith(".asl.json") and "/" not in name]
    texts |= {f"mutated/{index}.asl.json": text for index, text in enumerate(_mutated(own))}
    for name, text in texts.items():
        yield f"check {name}", "\n".join(map(str, check_text(name, text)))


def _mutated(texts: list[str]) -> Iterator[str]:
    """The definitions with one member dropped or replaced."""
    chance = random.Random(1)
    for _ in range(300):
        document = json.loads(chance.choice(texts))
        target = document
        while True:
            keys = list(target) if isinstance(target, dict) else list(range(len(target)))
            key = chance.choice(keys)
            inner = target[key]
            if not isinstance(inner, dict | list) or not inner or chance.random() < 0.15:
                break
            target = inner
        if chance.random() < 0.5:
            del target[key]
        else:
            target[key] = chance.choice([None, 1, -1, "", "x", [], {}, True, 1.5, "$.a[", "{% 1 %}"])
        yield json.dumps(document, indent=2)


def _random_proofs() -> Iterator[tuple[str, str]]:
    from tests.random_workflows import RandomWorkflow

    from keyflow.compiler import compile_workflow
    from keyflow.verify import subject_of_workflow

    for number in range(RANDOM_WORKFLOWS):
        chance, jsonata = random.Random(number), number % 4 == 3
        workflow = RandomWorkflow(chance, wild=number % 2 == 0, maps=number % 3 == 0, jsonata=jsonata).workflow
        yield f"random proof {number}", _proof(subject_of_workflow(compile_workflow(workflow), ()), 1)


def _executions() -> Iterator[tuple[str, str]]:
    """What random definitions do when they are run, event by event."""
    from tests.random_definitions import DATA, drawn

    from keyflow import asl
    from keyflow.engine import Failure, Stubs, Success, run

    for index, (document, answers) in enumerate(drawn(RANDOM_DEFINITIONS)):
        outcomes = {
            state: [Failure(each, "why") if isinstance(each, str) else Success(each, 2) for each in given]
            for state, given in answers.items()
        }
        ended = run(asl.parse(document), DATA, Stubs(outcomes, default=Success({"made": 1})))
        events = [event.document() for event in ended.history]
        end = [ended.status, ended.output, ended.error, ended.cause, ended.seconds, events, list(map(str, ended.calls))]
        yield f"execution {index}", json.dumps(end, default=str)


if __name__ == "__main__":
    main()
