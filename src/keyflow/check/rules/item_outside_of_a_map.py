"""The item of a Map is read where there is none."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.check.definition import Definition, State
from keyflow.check.expressions import expressions_of
from keyflow.check.jsonata_expressions import texts_of
from keyflow.check.paths import Path
from keyflow.check.rule import GUIDE, Finding, Rule
from keyflow.lazy import lazy_pattern

_ITEM = lazy_pattern(r"\$\$\.Map\b|\$states\.context\.Map\b")
_SELECTORS = ("ItemSelector", "Parameters", "ItemBatcher")


def check(definition: Definition) -> Iterator[Finding]:
    """`$$.Map` and `$states.context.Map` outside of every Map, and in a Map's fields that are no selector."""
    for state, path, text in _read(definition):
        if _ITEM.search(text) is not None and not _has_item(state, path):
            hint = "the ItemSelector of a Map has it, and so have the states of its processor"
            yield Finding(path, f"{state.name!r} is given no item of a Map here", hint)


def _read(definition: Definition) -> Iterator[tuple[State, Path, str]]:
    for each in expressions_of(definition):
        yield each.state, each.path, each.text
    for text in texts_of(definition):
        if text.expression is not None:
            yield text.state, text.path, text.expression


def _has_item(state: State, path: Path) -> bool:
    field = path[len(state.path)]
    return (state.type == "Map" and field in _SELECTORS) or _is_in_a_map(state)


def _is_in_a_map(state: State) -> bool:
    parent = state.scope.parent
    return parent is not None and (parent.type == "Map" or _is_in_a_map(parent))


RULE = Rule(
    code="KF859",
    title="The item of a Map is read where there is none",
    why="The context has Map.Item while a Map goes through its items: in its selector, and in the states that it runs.",
    bad={
        "A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.context.Map.Item.Value %}", "End": True}
    },
    good={
        "A": {
            "Type": "Map",
            "QueryLanguage": "JSONata",
            "ItemSelector": "{% $states.context.Map.Item.Value %}",
            "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}},
            "End": True,
        }
    },
    source=f"{GUIDE}/input-output-itemselector.html",
    check=check,
)
