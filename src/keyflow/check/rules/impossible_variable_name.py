"""A variable cannot be assigned under this name."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.asl import JSON
from keyflow.asl.quotas import VARIABLE_NAME_CHARACTERS
from keyflow.check.definition import Definition, is_substitution
from keyflow.check.paths import Path
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.lazy import lazy_pattern

_NAME = lazy_pattern(r"[^\W\d][\w-]*")


def check(definition: Definition) -> Iterator[Finding]:
    """Names that the language keeps, or that are too long."""
    for path, assigned in _assigned(definition):
        for key in assigned if isinstance(assigned, dict) else ():
            name = key.removesuffix(".$")
            if name == "states":
                yield Finding((*path, key), "the variable $states is the language's own", on_key=True)
            elif not name or len(name) > VARIABLE_NAME_CHARACTERS:
                problem = f"a variable's name has 1 to {VARIABLE_NAME_CHARACTERS} characters"
                yield Finding((*path, key), problem, on_key=True)
            elif not _NAME.fullmatch(name) and not is_substitution(name):
                problem = f"{name!r} is no name for a variable: letters and digits, beginning with a letter"
                yield Finding((*path, key), problem, on_key=True)


def _assigned(definition: Definition) -> Iterator[tuple[Path, JSON]]:
    """What each Assign holds, with its place."""
    for state in definition.having("Assign"):
        yield state.at("Assign"), state.document["Assign"]
    for key in ("Catch", "Choices"):
        for state, index, entry in definition.entries(key):
            if "Assign" in entry:
                yield state.at(key, index, "Assign"), entry["Assign"]


RULE = Rule(
    code="KF831",
    title="A variable cannot be assigned under this name",
    why=(
        "The name states is the language's own in JSONata. A name has letters and digits, begins with a letter, and "
        "has at most 80 characters."
    ),
    bad={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"states": 1}, "End": True}},
    good={"A": {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"state": 1}, "End": True}},
    source=f"{GUIDE}/workflow-variables.html",
    check=check,
)
