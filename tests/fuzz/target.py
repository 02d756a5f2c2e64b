"""What is fuzzed: any bytes, as a file that is checked, imported, built, run and verified.

Nothing but a diagnostic may come of it, and what is imported is nothing but keyflow's own calls.
"""

from __future__ import annotations

import itertools
import sys
from types import ModuleType

from keyflow import asl, json_values
from keyflow.check import check_text
from keyflow.cli.terminal import json_escaped, plain
from keyflow.compiler import compile_workflow
from keyflow.diagnostics import KeyflowError
from keyflow.dsl.state_machine import StateMachine
from keyflow.engine import Success, TaskCall, run
from keyflow.interop import imported, source_of, with_operations
from keyflow.verify import prove
from keyflow.verify.subjects.documents import Document, subject_of_document
from tests.generated import foreign_parts

_MOST_TASKS = 3
"""Tasks in a definition that is verified: the scenarios are those of each fault of each of them."""


def try_bytes(data: bytes) -> None:
    """Does all that keyflow does with a file with the bytes; raises whatever is no diagnostic."""
    text = data.decode("utf-8", errors="replace")
    for file in ("fuzzed.json", "fuzzed.yaml"):
        for finding in check_text(file, text):
            assert finding.location is not None
            assert plain(finding.message).isprintable() or "\n" in finding.message or "\t" in finding.message
    try:
        document = json_values.parse(text)
    except ValueError:
        return
    try_document(document, text)


def try_document(document: object, text: str = "") -> None:
    """Parses, imports, builds, runs and verifies a document."""
    try:
        machine = asl.parse(document)
        assert asl.dump(machine) == asl.dump(asl.parse(asl.dump(machine)))
    except KeyflowError:
        return
    _import(document)
    _run(machine)
    _verify(document, machine, text)


def _import(document: object) -> None:
    try:
        result = imported(with_operations(document), "Fuzzed")
        if asl.validate(document):
            return
    except KeyflowError:
        return
    source = source_of(result.machine, result.parameters.values(), 'fuzzed"""\n\x00\\.json')
    assert foreign_parts(source) == []
    module = ModuleType("fuzzed")
    sys.modules["fuzzed"] = module
    exec(compile(source, "fuzzed.py", "exec"), vars(module))
    built = next(each for each in vars(module).values() if isinstance(each, StateMachine))
    assert compile_workflow(built).document == compile_workflow(result.machine).document


class _Answering:
    """Answers every task with the same, at most so many."""

    def __init__(self) -> None:
        self._count = itertools.count()

    def call(self, call: TaskCall) -> Success:
        return Success({"Parameters": call.parameters, "Payload": {"x": [1, None, "2026-01-01T00:00:00Z"]}})


def _run(machine: asl.StateMachine) -> None:
    try:
        found = run(machine, {"x": [{"y": 1}, "z"], "name": "n", "a": True}, _Answering())
    except KeyflowError:
        return
    json_escaped(str([event.document() for event in found.history[:50]]))


def _verify(document: object, machine: asl.StateMachine, text: str) -> None:
    if len(list(asl.all_tasks(machine))) > _MOST_TASKS:
        return
    try:
        prove(
            subject_of_document(Document(file="fuzzed.json", name="Fuzzed", text=text, document=document, values={})),
            depth=1,
        )
    except KeyflowError:
        return
