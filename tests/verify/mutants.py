"""Every way to remove or break one compensation, guard, catcher, retry or response mapping of a compiled artefact."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

Json = Any
Change = Callable[[Json], object]
"""Changes a scope: the definition itself, or a branch."""


@dataclass(frozen=True)
class Mutant:
    """A definition that is changed when it is asked for, what is changed, and in which state."""

    label: str
    state: str
    sound: Json
    scope: int
    change: Change

    @property
    def document(self) -> Json:
        """The changed definition."""
        changed = copy.deepcopy(self.sound)
        self.change(list(scopes(changed))[self.scope])
        return changed


def scopes(document: Json) -> Iterator[Json]:
    """The document, and every branch in it."""
    yield document
    for state in document["States"].values():
        for branch in state.get("Branches", ()):
            yield from scopes(branch)
        for key in ("ItemProcessor", "Iterator"):
            if key in state:
                yield from scopes(state[key])


def mutants(document: Json, compensations: frozenset[str]) -> Iterator[Mutant]:
    """Every mutant of a definition; `compensations` names the states that undo."""
    for scope_index, scope in enumerate(scopes(document)):
        for name, state in scope["States"].items():
            for label, change in _changes(name, state, scope, name in compensations):
                yield Mutant(f"{name}: {label}", name, document, scope_index, change)


def _changes(name: str, state: Json, scope: Json, undoes: bool) -> Iterator[tuple[str, Change]]:
    others = [other for other in scope["States"] if other != name]
    if undoes:
        yield "compensation removed", partial(_bypass, name=name)
        yield "without a timeout", partial(_pop, path=(name, "TimeoutSeconds"))
    if state["Type"] == "Task":
        yield from _broken_call(name, state)
    for index, catcher in enumerate(state.get("Catch", ())):
        yield f"catcher {index} removed", partial(_pop, path=(name, "Catch", index))
        yield from _led_elsewhere(f"catcher {index}", (name, "Catch", index, "Next"), catcher["Next"], others)
    for index, retrier in enumerate(state.get("Retry", ())):
        yield f"retrier {index} removed", partial(_pop, path=(name, "Retry", index))
        for attempts in {0, retrier["MaxAttempts"] + 1} - {retrier["MaxAttempts"]}:
            path = (name, "Retry", index, "MaxAttempts")
            yield f"retrier {index} tries {attempts} times", partial(_set, path=path, value=attempts)
    yield from _lost_data(name, state)
    for index, rule in enumerate(state.get("Choices", ())):
        yield f"rule {index} removed", partial(_drop_rule, name=name, index=index)
        yield f"rule {index} negated", partial(_negate, name=name, index=index)
        if "Condition" in rule:
            path = (name, "Choices", index, "Condition")
            yield f"rule {index} never holds", partial(_set, path=path, value="{% false %}")
        for place in _comparisons(rule):
            path = (name, "Choices", index, *place, "Variable")
            yield f"rule {index} never asks {place}", partial(_set, path=path, value="$.results.nothing")
        yield from _led_elsewhere(f"rule {index}", (name, "Choices", index, "Next"), rule["Next"], others)
    if state["Type"] == "Choice":
        yield from _led_elsewhere("default", (name, "Default"), state["Default"], others)
    if state["Type"] == "Fail":
        yield "another error", partial(_set, path=(name, "Error"), value="Other")


def _broken_call(name: str, state: Json) -> Iterator[tuple[str, Change]]:
    other = "arn:aws:states:::aws-sdk:sts:getCallerIdentity"
    yield "another call", partial(_set, path=(name, "Resource"), value=other)
    for leaf in _leaves(state.get("Parameters", {})):
        value = "$$.StateMachine.Name" if str(leaf[-1]).endswith(".$") else "other"
        yield f"parameter {leaf[-1]} broken", partial(_set, path=(name, "Parameters", *leaf), value=value)
    for leaf in _leaves(state.get("Arguments", {})):
        yield f"argument {leaf[-1]} broken", partial(_set, path=(name, "Arguments", *leaf), value="other")


def _lost_data(name: str, state: Json) -> Iterator[tuple[str, Change]]:
    """What a state gives on goes elsewhere, or not at all."""
    if state.get("ResultPath") is not None:
        yield "result elsewhere", partial(_set, path=(name, "ResultPath"), value="$.results.nowhere")
    if "Output" in state and state["Output"] != {}:  # no workflow promises an output that is said to be nothing
        yield "output of nothing more", partial(_set, path=(name, "Output"), value="{% $states.input %}")
    for index, catcher in enumerate(state.get("Catch", ())):
        if "Output" in catcher:
            path = (name, "Catch", index, "Output")
            yield f"output of catcher {index} of nothing more", partial(_set, path=path, value="{% $states.input %}")


def _led_elsewhere(what: str, path: tuple[Any, ...], now: str, others: list[str]) -> Iterator[tuple[str, Change]]:
    for other in others:
        if other != now:
            yield f"{what} leads to {other}", partial(_set, path=path, value=other)


def _set(scope: Json, path: tuple[Any, ...], value: Json) -> None:
    target = scope["States"]
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value


def _pop(scope: Json, path: tuple[Any, ...]) -> None:
    target = scope["States"]
    for key in path[:-1]:
        target = target[key]
    target.pop(path[-1])


def _bypass(scope: Json, name: str) -> None:
    """Leads everything that leads to a state to the one behind it."""
    state = scope["States"].pop(name)
    following = state.get("Next")
    if following is None:
        scope["States"][name] = {"Type": "Pass", "Result": {}, "End": True}
        return

    def retarget(tree: Json) -> None:
        if isinstance(tree, dict):
            for key, value in tree.items():
                if key in ("Next", "Default", "StartAt") and value == name:
                    tree[key] = following
                elif key not in ("Branches", "ItemProcessor"):
                    retarget(value)
        elif isinstance(tree, list):
            for element in tree:
                retarget(element)

    retarget(scope)


def _drop_rule(scope: Json, name: str, index: int) -> None:
    state = scope["States"][name]
    state["Choices"].pop(index)
    if not state["Choices"]:
        scope["States"][name] = {"Type": "Pass", "Next": state["Default"]}


def _negate(scope: Json, name: str, index: int) -> None:
    rule = scope["States"][name]["Choices"][index]
    following = rule.pop("Next")
    negated = {"Not": rule}
    if "Condition" in rule:
        negated = {"Condition": f"{{% $not({rule['Condition'].removeprefix('{%').removesuffix('%}')}) %}}"}
    scope["States"][name]["Choices"][index] = {**negated, "Next": following}


def _comparisons(rule: Mapping[str, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if "Variable" in rule:
        yield path
    for key in ("And", "Or"):
        for index, inner in enumerate(rule.get(key, ())):
            yield from _comparisons(inner, (*path, key, index))
    if "Not" in rule:
        yield from _comparisons(rule["Not"], (*path, "Not"))


def _leaves(tree: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of the template's values that an execution computes, and of its literals."""
    match tree:
        case dict():
            for key, value in tree.items():
                yield from _leaves(value, (*path, key))
        case list():
            for index, value in enumerate(tree):
                yield from _leaves(value, (*path, index))
        case _:
            yield path


def mutant_templates(template: str) -> Iterator[tuple[str, str]]:
    """Every way to break a response template: a case removed, a status or a message changed, an error renamed."""
    lines = template.split("\n")
    for index, line in enumerate(lines):
        if line.startswith("#elseif"):
            end = next(place for place in range(index + 1, len(lines)) if lines[place].startswith("#e"))
            yield f"without {line}", "\n".join(lines[:index] + lines[end:])
            yield (
                f"{line} for another error",
                "\n".join([*lines[:index], re.sub(r'"[^"]+"', '"Other"', line), *lines[index + 1 :]]),
            )
        elif "responseOverride.status" in line:
            yield f"without {line}", "\n".join(lines[:index] + lines[index + 1 :])
            changed = re.sub(r"\d{3}", "418", line)
            yield changed, "\n".join([*lines[:index], changed, *lines[index + 1 :]])
        elif line.startswith("#if"):
            yield f"never {line}", "\n".join([*lines[:index], "#if(false)", *lines[index + 1 :]])
            yield f"always {line}", "\n".join([*lines[:index], "#if(true)", *lines[index + 1 :]])
        elif line.startswith(("{", "$")):
            yield (
                f"instead of {line}",
                "\n".join([*lines[:index], '{"message": "$execution.error $execution.cause"}', *lines[index + 1 :]]),
            )
