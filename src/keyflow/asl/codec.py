"""JSON to state machine and back: `dump(parse(document))` is `document` for every valid definition."""

from __future__ import annotations

from keyflow.asl.fields import JSON, Malformed
from keyflow.asl.records import dump_record, load_record
from keyflow.asl.states import StateMachine
from keyflow.diagnostics import CheckError, Diagnostic


def parse(document: JSON) -> StateMachine:
    """The state machine that a definition describes.

    Args:
        document: A definition as `json.loads` gives it.

    Raises:
        CheckError: The document is not a definition; the message leads to the place (`States/Save/Next`).
            Fields that the language does not have are kept in `extra`: `schema.validate` reports those.
    """
    try:
        return load_record(StateMachine, document)
    except Malformed as malformed:
        place = "/".join(malformed.path) or "the document"
        raise CheckError(Diagnostic("KF101", f"{place}: {malformed}")) from malformed


def dump(machine: StateMachine) -> JSON:
    """The definition as a JSON document, keys in the order of the language's table."""
    return dump_record(machine)
