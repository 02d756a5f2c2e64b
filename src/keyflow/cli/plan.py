"""`keyflow plan`: what a deployment would change."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keyflow.cli.deployment import Wanted, prepare, wanted_options
from keyflow.cli.output import CHANGED, print_json, reports_errors
from keyflow.cli.plans import has_changes, plan_json, print_plan, print_route_notes, summary, warn_of_users
from keyflow.cli.stages import Place, stage_options
from keyflow.deploy import plan_deployment
from keyflow.deploy.plan_file import write_plan


@click.command()
@wanted_options()
@stage_options()
@click.option("--keep-removed", is_flag=True, help="Leave what no definition asks for any more.")
@click.option("--replace", is_flag=True, help="Remove what cannot be changed, and make it anew.")
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE.json", help="Write the plan for `deploy`.")
@click.option("--exit-code", is_flag=True, help="Exit with 2 where there are changes.")
@reports_errors({"changes": []})
def command(
    place: Place,
    wanted: Wanted,
    keep_removed: bool,
    replace: bool,
    out: Path | None,
    exit_code: bool,
    output_format: str,
) -> None:
    """Print what `keyflow deploy` would change: definitions state by state, policies by grant, APIs by route.

    AWS is read, and nothing is changed. FILE.json holds the whole plan, values of parameters included.

    \b
    Examples:
      keyflow plan --stage prod
      keyflow plan --stage prod --exit-code          2 where there are changes
      keyflow plan --stage prod -o plan.json         then: keyflow deploy plan.json
    """
    prepared = prepare(place, wanted, keep_removed=keep_removed)
    plan = plan_deployment(prepared.resources, prepared.clients, leftovers=prepared.leftovers, replace=replace)
    if out is not None:
        write_plan(plan, prepared.target, out, replaces=replace)
    if output_format == "json":
        print_json({"changes": plan_json(plan, prepared.values), "diagnostics": []})
    else:
        print_plan(plan, prepared.target)
        warn_of_users(plan, prepared.clients)
        print_route_notes(prepared.result.apis)
        click.echo(summary(plan))
    if exit_code and has_changes(plan):
        sys.exit(CHANGED)
