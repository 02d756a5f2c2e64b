"""`keyflow destroy`: removes a stage."""

from __future__ import annotations

from pathlib import Path

import click

from keyflow.cli.deployment import applying_options, carry_out
from keyflow.cli.output import amount, print_json, reports_errors
from keyflow.cli.plans import plan_json, print_plan, warn_of_users
from keyflow.cli.stages import Place, stage_options
from keyflow.cli.terminal import line
from keyflow.deploy import Clients, Resource, Target, deployed_resources, named, plan_removal
from keyflow.deploy.resource import PROJECT_TAG
from keyflow.project import find_project


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@stage_options()
@applying_options
@click.option("--param", "_params", multiple=True, metavar="NAME=VALUE", help="Taken as by `deploy`; nothing needs it.")
@reports_errors({"changes": [], "notes": []})
def command(
    names: tuple[str, ...], place: Place, yes: bool, dry_run: bool, _params: tuple[str, ...], output_format: str
) -> None:
    """Remove what `keyflow deploy` made for a stage, and nothing else. Data (tables, queues) is never keyflow's.

    What is removed is found by its tags, so the definitions need not build. Executions that still run are ended.

    \b
    Examples:
      keyflow destroy --stage dev --dry-run
      keyflow destroy --stage dev --yes
      keyflow destroy AddApiKey --stage dev --yes
    """
    project = find_project(Path.cwd())
    clients = place.clients()
    target = clients.target(place.stage or "")
    found = deployed_resources(project.name, target, clients)
    going = named(found, names, target) if names else found
    plan = plan_removal(going, clients)
    text = output_format == "text"
    if text and plan:
        print_plan(plan, target)
        _warn_of_executions(going, clients)
        warn_of_users(plan, clients)
    notes = [] if dry_run else carry_out(plan, clients, yes=yes, quietly=not text)
    if not text:
        print_json({"changes": plan_json(plan), "notes": notes, "diagnostics": []})
    elif not plan:
        click.echo(_nothing(project.name, target, clients))


def _warn_of_executions(going: tuple[Resource, ...], clients: Clients) -> None:
    from keyflow.deploy.state_machine import DeployedStateMachine
    from keyflow.deploy.target import aws_errors

    for each in going:
        if isinstance(each, DeployedStateMachine):
            with aws_errors():
                used = each.still_used(clients)
            if used is not None:
                click.echo(f"  warning: {line(each.title)}: {used}, and end with it, undone or not", err=True)


def _nothing(project: str, target: Target, clients: Clients) -> str:
    """What to say where there is nothing: it may be under the name of another project."""
    others = [each.tags[PROJECT_TAG] for each in deployed_resources(None, target, clients)]
    if not others:
        return f"nothing of stage {target.stage} is left"
    owners = ", ".join(sorted({line(repr(each)) for each in others}))
    count = amount(len(others), "resource")
    return (
        f"the project {line(repr(project))} has nothing in stage {target.stage}; {count} there belong to {owners}: "
        "where that is this project, write its name in keyflow.toml"
    )
