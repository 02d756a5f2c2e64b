"""`keyflow rollback`: back to what was served before."""

from __future__ import annotations

from pathlib import Path

import click

from keyflow.cli.deployment import applying_options, carry_out
from keyflow.cli.output import print_json, reports_errors
from keyflow.cli.plans import plan_json, print_plan
from keyflow.cli.stages import Place, stage_options
from keyflow.deploy import deployed_resources, named
from keyflow.deploy.rollback import plan_rollback
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.project import find_project


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@stage_options()
@applying_options
@click.option("--to", type=click.IntRange(1), metavar="VERSION", help="The version of the one workflow NAME.")
@reports_errors({"changes": [], "notes": []})
def command(names: tuple[str, ...], place: Place, yes: bool, dry_run: bool, to: int | None, output_format: str) -> None:
    """Lead callers back to what was served before the latest deployment, or before that which NAME has now.

    Aliases lead to the version before, the APIs' stages to the deployment before, and roles allow again what those
    need. Definitions in AWS stay: the next `keyflow deploy` leads forward again.

    \b
    Examples:
      keyflow rollback --stage prod
      keyflow rollback AddApiKey --stage prod --to 12
    """
    if to is not None and len(names) != 1:
        raise click.UsageError("--to is for one workflow: keyflow rollback NAME --to VERSION")
    project = find_project(Path.cwd())
    clients = place.clients()
    target = clients.target(place.stage or "")
    found = deployed_resources(project.name, target, clients)
    chosen = named(found, names, target) if names else found
    if not chosen:
        what = " ".join(names) if names else f"the project {project.name!r}"
        raise ProjectError(Diagnostic("KF516", f"{what} has nothing in stage {place.stage}"))
    plan = plan_rollback(chosen, target, clients, names=names, to=to)
    text = output_format == "text"
    if text:
        print_plan(plan, target)
    notes = [] if dry_run else carry_out(plan, clients, yes=yes, quietly=not text)
    if not text:
        print_json({"changes": plan_json(plan), "notes": notes, "diagnostics": []})
