"""`keyflow deploy`: definitions to running endpoints."""

from __future__ import annotations

import click

from keyflow.cli.curl import curl
from keyflow.cli.deployment import Options, carry_out, deployment_options, plan_json, prepare, print_plan
from keyflow.cli.output import print_json, reports_errors
from keyflow.cli.terminal import line
from keyflow.deploy import RestApi, api_name, plan_deployment
from keyflow.dsl.api import Api


@click.command()
@deployment_options
@reports_errors({"changes": [], "endpoints": []})
def command(options: Options, output_format: str) -> None:
    """Deploy the definitions to a stage: all of them, or the workflows and APIs with the given names.

    Prints a plan first. Running it again changes only what differs; after a crash, it finishes what was begun.
    Values of parameters may also stand in keyflow.toml, under [stages.STAGE.parameters].

    \b
    Examples:
      keyflow deploy --stage dev --param TableName=keys --dry-run
      keyflow deploy --stage prod --param TableName=keys --yes
      keyflow deploy --stage local --param TableName=keys --endpoint-url http://127.0.0.1:4566
    """
    resources, clients, result, target = prepare(options, parameters_required=True)
    plan = plan_deployment(resources, clients)
    text = output_format == "text"
    if text:
        print_plan(plan, target)
    carry_out(plan, clients, options, quietly=not text)
    endpoints: list[dict[str, str]] = []
    if not options.dry_run:
        deployed = {each.name: each for each in resources if isinstance(each, RestApi)}
        for api in result.apis:
            endpoints += _endpoints(api, deployed[api_name(api, target)].base_url(clients), target.region)
    if text:
        for endpoint in endpoints:
            click.echo(f"\n{endpoint['method']} {line(endpoint['url'])}\n  {line(endpoint['curl'])}")
    else:
        print_json({"changes": plan_json(plan), "endpoints": endpoints, "diagnostics": []})


def _endpoints(api: Api, base: str, region: str) -> list[dict[str, str]]:
    return [
        {"method": route.method.upper(), "url": base + route.path, "curl": curl(route, base + route.path, region)}
        for route in api.routes
    ]
