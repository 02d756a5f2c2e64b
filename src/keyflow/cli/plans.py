"""A plan as people and programs read it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

from keyflow.cli.output import styled
from keyflow.cli.route_notes import route_notes
from keyflow.cli.terminal import line
from keyflow.deploy import Action, Change, Clients, Plan, Target
from keyflow.deploy.discovery import foreign_users
from keyflow.deploy.edits import edits_of
from keyflow.differences import as_json, lines
from keyflow.dsl.api import Api
from keyflow.json_values import with_leaves

_MARKS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("!", "red"),
    Action.KEEP: ("=", "white"),
    Action.DELETE: ("-", "red"),
}
_COLOURS = {"+": "green", "-": "red", "~": "yellow"}


def print_plan(plan: Plan, target: Target) -> None:
    """The changes for people, before any is made: each with what it comes to, piece by piece."""
    where = target.endpoint_url or f"account {target.account}, {target.region}"
    click.echo(f"Stage {target.stage} ({line(where)}):")
    for change in plan:
        if change.resource.settles and change.action is Action.KEEP:
            continue
        click.echo(f"  {change_line(change)}")
        for each in lines(edits_of(change)):
            mark, rest = each[:1], line(each[1:])
            click.echo(f"      {styled(mark, sys.stdout, fg=_COLOURS.get(mark, 'white'))}{rest}")


def warn_of_users(plan: Plan, clients: Clients) -> None:
    """Says which APIs of other hands call what goes."""
    going = [change.resource for change in plan if change.action is Action.DELETE]
    for message in foreign_users(going, clients):
        click.echo(f"  {styled('warning:', sys.stderr, fg='yellow')} {line(message)}", err=True)


def print_route_notes(apis: Iterable[Api]) -> None:
    """Says of the routes what a person should know before they are deployed."""
    for api in apis:
        for note in route_notes(api):
            click.echo(f"  {line(api.name)}: {note}")


def summary(plan: Plan) -> str:
    """How many resources are changed in which way: `2 to create, 1 to update`."""
    counts = {
        action: sum(change.action is action and not change.resource.settles for change in plan)
        for action in (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE)
    }
    told = [f"{count} to {action.value}" for action, count in counts.items() if count]
    return ", ".join(told) if told else "nothing to change"


def has_changes(plan: Plan) -> bool:
    """Whether a plan changes anything."""
    return any(change.action is not Action.KEEP for change in plan)


def change_line(change: Change) -> str:
    """One change: a mark, what is done, and to what."""
    mark, colour = _MARKS[change.action]
    action = "end" if change.resource.settles and change.action is Action.UPDATE else change.action.value
    return f"{styled(mark, sys.stdout, fg=colour)} {action:7} {line(change.resource.title)}"


def plan_json(plan: Plan, values: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The changes for programs; a parameter's value is its placeholder, and what stood in its place is left out."""
    return [
        {
            "resource": change.resource.title,
            "action": change.action.value,
            "diff": [_masked(edit, values or {}) for edit in as_json(edits_of(change))],
        }
        for change in plan
        if not (change.resource.settles and change.action is Action.KEEP)
    ]


_MASKED_CHARACTERS = 3
"""Shorter values stand in texts that have nothing to do with them."""


def _masked(edit: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The same edit without values of parameters: those of the stage now, and in their places those before."""

    def leaf(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        for name, text in sorted(values.items(), key=lambda each: -len(each[1])):
            if len(text) >= _MASKED_CHARACTERS or value == text:
                value = value.replace(text, f"${{{name}}}") if text else value
        return value

    shown = ("before", "after", "subject")
    masked = {key: with_leaves(value, leaf) if key in shown else value for key, value in edit.items()}
    if "before" in masked and "after" in masked and masked["after"] != edit["after"]:
        del masked["before"]
    return masked
