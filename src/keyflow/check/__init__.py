"""Rules over definitions and APIs, whoever wrote them: JSON, JSON5 or YAML, alone or inside a template."""

from typing import TYPE_CHECKING

from keyflow.lazy import imported

if TYPE_CHECKING:
    from keyflow.check.checker import (
        UNREADABLE,
        Settings,
        check_file,
        check_text,
        definition_in,
        definitions_of,
        deployed_definitions,
    )
    from keyflow.check.every import all_rules
    from keyflow.check.rule import Finding, Rule, document_of, text_of

__all__ = [
    "UNREADABLE",
    "Finding",
    "Rule",
    "Settings",
    "all_rules",
    "check_file",
    "check_text",
    "definition_in",
    "definitions_of",
    "deployed_definitions",
    "document_of",
    "text_of",
]

_MODULES = {
    "keyflow.check.checker": (
        "UNREADABLE",
        "Settings",
        "check_file",
        "check_text",
        "definitions_of",
        "definition_in",
        "deployed_definitions",
    ),
    "keyflow.check.every": ("all_rules",),
    "keyflow.check.rule": ("Finding", "Rule", "document_of", "text_of"),
}


if not TYPE_CHECKING:  # else a checker would take every name for one

    def __getattr__(name: str) -> object:
        return imported(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
