"""`keyflow status`: what a stage serves, and what of it is not as it should be."""

from __future__ import annotations

import sys

import click

from keyflow.cli.deployment import Wanted, prepare, wanted_options
from keyflow.cli.output import CHANGED, print_json, reports_errors
from keyflow.cli.plans import has_changes, plan_json, print_plan
from keyflow.cli.stages import Place, stage_options
from keyflow.cli.terminal import line
from keyflow.deploy import plan_deployment
from keyflow.deploy.status import Served, served_by


@click.command()
@wanted_options()
@stage_options()
@click.option("--exit-code", is_flag=True, help="Exit with 2 where the stage is not as the definitions say.")
@reports_errors({"served": [], "changes": []})
def command(place: Place, wanted: Wanted, exit_code: bool, output_format: str) -> None:
    """Print what a stage serves: versions, canaries, executions of earlier versions, and what is not as it should be.

    What differs is either not deployed yet, or was changed by hand since: `keyflow deploy` sets both right.

    \b
    Examples:
      keyflow status --stage prod
      keyflow status --stage prod --exit-code        2 where the stage is not as the definitions say
    """
    prepared = prepare(place, wanted)
    plan = plan_deployment(prepared.resources, prepared.clients, leftovers=prepared.leftovers, replace=True)
    served = served_by(prepared.resources, plan, prepared.clients)
    if output_format == "json":
        print_json(
            {
                "served": [each.as_json() for each in served],
                "changes": plan_json(plan, prepared.values),
                "diagnostics": [],
            }
        )
    else:
        for each in served:
            _print_served(each)
        if has_changes(plan):
            print_plan(tuple(change for change in plan if has_changes((change,))), prepared.target)
        else:
            click.echo(f"stage {place.stage} is as the definitions say")
    if exit_code and has_changes(plan):
        sys.exit(CHANGED)


def _print_served(served: Served) -> None:
    click.echo(line(f"{served.name}: {served.what}"))
    for note in served.notes:
        click.echo(f"  {line(note)}")
