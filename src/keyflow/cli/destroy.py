"""`keyflow destroy`: removes a stage."""

from __future__ import annotations

import click

from keyflow.cli.deploy import Counter
from keyflow.cli.deployment import change_line, confirm, deployment_options, plan_json, prepare, print_plan
from keyflow.cli.output import print_json, reports_errors
from keyflow.deploy import apply_plan, plan_removal


@click.command()
@deployment_options
@reports_errors({"changes": []})
def command(
    names: tuple[str, ...],
    stage: str,
    params: tuple[str, ...],
    region: str | None,
    profile: str | None,
    endpoint_url: str | None,
    yes: bool,
    dry_run: bool,
    output_format: str,
) -> None:
    """Remove what `keyflow deploy` made for a stage, and nothing else. Data (tables, queues) is never keyflow's.

    \b
    Examples:
      keyflow destroy --stage dev --dry-run
      keyflow destroy --stage dev --yes
    """
    resources, clients, _result, target = prepare(
        names, stage, params, region, profile, endpoint_url, parameters_required=False
    )
    plan = plan_removal(resources, clients)
    text = output_format == "text"
    if text:
        print_plan(plan, target)
    if not dry_run:
        confirm(plan, yes=yes)
        done = Counter(len(plan))
        apply_plan(plan, clients, lambda change: click.echo(f"{done.next()} {change_line(change)}") if text else None)
    if not text:
        print_json({"changes": plan_json(plan), "diagnostics": []})
    elif not plan:
        click.echo(f"nothing of stage {stage} is left")
