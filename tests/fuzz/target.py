"""What is fuzzed: any bytes, as a file that is checked, parsed and imported. Nothing but a diagnostic may come of it."""

from __future__ import annotations

import json

from keyflow import asl
from keyflow.check import check_text
from keyflow.diagnostics import KeyflowError
from keyflow.interop import imported, source_of, with_operations


def try_bytes(data: bytes) -> None:
    """Checks, parses and imports the bytes; raises whatever is no diagnostic."""
    text = data.decode("utf-8", errors="replace")
    for file in ("fuzzed.json", "fuzzed.yaml"):
        for finding in check_text(file, text):
            assert finding.location is not None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):  # what Python's own reader has against it is no concern of ours
        return
    try_document(document)


def try_document(document: object) -> None:
    """Parses and imports a document."""
    try:
        machine = asl.parse(document)
        assert asl.dump(machine) == asl.dump(asl.parse(asl.dump(machine)))
        result = imported(with_operations(document), "Fuzzed")
    except KeyflowError:
        return
    compile(source_of(result.machine, result.parameters.values(), "fuzzed.json"), "fuzzed.py", "exec")
