"""`keyflow destroy`: removes a stage."""

from __future__ import annotations

import click

from keyflow.cli.deployment import Options, carry_out, deployment_options, plan_json, prepare, print_plan
from keyflow.cli.output import print_json, reports_errors
from keyflow.deploy import plan_removal


@click.command()
@deployment_options
@reports_errors({"changes": []})
def command(options: Options, output_format: str) -> None:
    """Remove what `keyflow deploy` made for a stage, and nothing else. Data (tables, queues) is never keyflow's.

    \b
    Examples:
      keyflow destroy --stage dev --dry-run
      keyflow destroy --stage dev --yes
    """
    resources, clients, _result, target = prepare(options, parameters_required=False)
    plan = plan_removal(resources, clients)
    text = output_format == "text"
    if text:
        print_plan(plan, target)
    carry_out(plan, clients, options, quietly=not text)
    if not text:
        print_json({"changes": plan_json(plan), "diagnostics": []})
    elif not plan:
        click.echo(f"nothing of stage {options.stage} is left")
