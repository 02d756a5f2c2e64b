"""`keyflow settle`: takes away what a deployment had to leave."""

from __future__ import annotations

from pathlib import Path

import click

from keyflow.cli.deployment import applying_options, carry_out
from keyflow.cli.output import print_json, reports_errors
from keyflow.cli.plans import has_changes, plan_json, print_plan
from keyflow.cli.stages import Place, stage_options
from keyflow.deploy import deployed_resources, named
from keyflow.deploy.settling import plan_settling
from keyflow.loading import load_definitions
from keyflow.project import find_project


@click.command()
@stage_options()
@applying_options
@reports_errors({"changes": [], "notes": []})
def command(place: Place, yes: bool, dry_run: bool, output_format: str) -> None:
    """Take away what earlier versions needed and nothing runs on any more: permissions, versions, removed workflows.

    A deployment leaves them where executions of an earlier version may still run. Versions that need what is taken away
    go, too: `keyflow rollback` could not lead to them.

    \b
    Examples:
      keyflow settle --stage prod --dry-run
      keyflow settle --stage prod --yes
    """
    project = find_project(Path.cwd())
    clients = place.clients()
    target = clients.target(place.stage or "")
    held = load_definitions(project)
    found = deployed_resources(project.name, target, clients)
    wanted = named(found, (*held.workflows, *held.apis), target)
    plan = plan_settling(found, clients, [each for each in found if each not in wanted])
    text = output_format == "text"
    if text:
        print_plan(plan, target)
    notes = [] if dry_run else carry_out(plan, clients, yes=yes, quietly=not text, gently=True)
    if not text:
        print_json({"changes": plan_json(plan), "notes": notes, "diagnostics": []})
    elif not has_changes(plan):
        click.echo(f"nothing of stage {place.stage} is left to settle")
