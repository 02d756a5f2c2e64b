"""`keyflow deploy`: definitions to running endpoints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import click

from keyflow.cli.deployment import Prepared, Wanted, applying_options, carry_out, prepare, wanted_options
from keyflow.cli.output import print_json, reports_errors
from keyflow.cli.plans import has_changes, plan_json, print_plan, print_route_notes, warn_of_users
from keyflow.cli.stages import Place, stage_options
from keyflow.cli.terminal import line
from keyflow.deploy import Action, Clients, Plan, RestApi, Target, api_name, canary_of, plan_deployment
from keyflow.deploy.plan_file import made_again, read_plan
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.dsl.api import Api
from keyflow.http.curl import curl


@click.command()
@wanted_options("[NAME]... | PLAN.json")
@stage_options(required=False)
@applying_options
@click.option("--canary", "share", metavar="PERCENT", help="Lead this share of the callers to new versions first.")
@click.option("--for", "time", metavar="TIME", default="10m", show_default=True, help="For so long (90s, 10m, 1h).")
@click.option("--alarm", "alarms", multiple=True, metavar="ARN", help="Go back when this alarm goes off; repeat it.")
@click.option("--keep-removed", is_flag=True, help="Leave what no definition asks for any more.")
@click.option("--replace", is_flag=True, help="Remove what cannot be changed, and make it anew.")
@reports_errors({"changes": [], "endpoints": [], "notes": []})
def command(
    place: Place,
    wanted: Wanted,
    yes: bool,
    dry_run: bool,
    share: str | None,
    time: str,
    alarms: tuple[str, ...],
    keep_removed: bool,
    replace: bool,
    output_format: str,
) -> None:
    """Deploy the definitions to a stage: all of them, or the workflows and APIs with the given names.

    Prints a plan first. Running it again changes only what differs; after a crash, it finishes what was begun. What no
    definition asks for any more is removed. PLAN.json is a plan that `keyflow plan -o PLAN.json` wrote: what was
    reviewed is applied, or what has changed since is said. Values of parameters may also stand in keyflow.toml, under
    [stages.STAGE.parameters].

    \b
    Examples:
      keyflow deploy --stage dev --param TableName=keys --dry-run
      keyflow deploy --stage prod --param TableName=keys --yes
      keyflow deploy --stage prod --canary 10% --for 10m
      keyflow deploy plan.json --yes
      keyflow deploy --stage local --param TableName=keys --endpoint-url http://127.0.0.1:4566
    """
    text = output_format == "text"
    if len(wanted.names) == 1 and _is_plan(wanted.names[0]):
        _deploy_plan(Path(wanted.names[0]), place, yes=yes, dry_run=dry_run, text=text)
        return
    if place.stage is None:
        raise click.UsageError("Missing option '--stage'.")
    if (alarms or time != "10m") and share is None:
        raise click.UsageError("--for and --alarm are for a --canary")
    shift = canary_of(share, time) if share is not None else None
    prepared = prepare(place, wanted, canary=shift, watched=alarms, keep_removed=keep_removed)
    plan = plan_deployment(prepared.resources, prepared.clients, leftovers=prepared.leftovers, replace=replace)
    if text:
        print_plan(plan, prepared.target)
        warn_of_users(plan, prepared.clients)
        print_route_notes(prepared.result.apis)
    endpoints: list[dict[str, str]] = []
    notes: list[str] = []
    if not dry_run:
        notes = carry_out(plan, prepared.clients, yes=yes, quietly=not text, gently=True)
        endpoints = _endpoints_of(prepared)
    _report(plan, endpoints, notes, prepared.values, text=text)


def _is_plan(name: str) -> bool:
    """Whether a name is that of a file, and not of a workflow or an API: those have no dots and no slashes."""
    return name.endswith(".json") or (bool(re.search(r"[./]", name)) and Path(name).is_file())


def _deploy_plan(file: Path, place: Place, *, yes: bool, dry_run: bool, text: bool) -> None:
    """Applies a plan that was written, if AWS is as it was then."""
    plan = read_plan(file)
    written = plan.target
    going = _going_with(place, written)
    clients = going.clients()
    target = clients.target(going.stage or "")
    if (target.account, target.region, target.stage) != (written.account, written.region, written.stage):
        message = (
            f"the plan is for stage {written.stage} of account {written.account} in {written.region}, and this is "
            f"stage {target.stage} of account {target.account} in {target.region}"
        )
        raise ProjectError(Diagnostic("KF517", message, hint="pass the --profile of that account"))
    reviewed = made_again(plan, clients)
    if text:
        print_plan(reviewed, target)
    notes = [] if dry_run else carry_out(reviewed, clients, yes=yes, quietly=not text, gently=True)
    apis = [] if dry_run else _urls(reviewed, clients)
    _report(reviewed, apis, notes, {}, text=text)


def _going_with(place: Place, written: Target) -> Place:
    """Where a written plan goes, and by which profile. A file may name a local engine, and no other endpoint."""
    elsewhere = written.endpoint_url is not None and not Clients(endpoint_url=written.endpoint_url).is_local
    if elsewhere and place.endpoint_url is None:
        message = f"the plan is for the endpoint {written.endpoint_url}, which is not on this machine"
        raise ProjectError(Diagnostic("KF517", message, hint="pass --endpoint-url, where that is meant"))
    return Place(
        stage=place.stage or written.stage,
        region=place.region or written.region,
        profile=place.profile,
        endpoint_url=place.endpoint_url or written.endpoint_url,
    )


def _report(
    plan: Plan, endpoints: list[dict[str, str]], notes: list[str], values: Mapping[str, str], *, text: bool
) -> None:
    if not text:
        changes = plan_json(plan, values)
        print_json({"changes": changes, "endpoints": endpoints, "notes": notes, "diagnostics": []})
        return
    if not has_changes(plan):
        click.echo("nothing to change")
    for endpoint in endpoints:
        click.echo(f"\n{endpoint['method']} {line(endpoint['url'])}")
        if endpoint.get("curl"):
            click.echo(f"  {line(endpoint['curl'])}")


def _endpoints_of(prepared: Prepared) -> list[dict[str, str]]:
    """The routes that answer now, each with a line of curl."""
    deployed = {each.name: each for each in prepared.resources if isinstance(each, RestApi)}
    return [
        endpoint
        for api in prepared.result.apis
        for endpoint in _endpoints(
            api, deployed[api_name(api, prepared.target)].base_url(prepared.clients), prepared.target.region
        )
    ]


def _endpoints(api: Api, base: str, region: str) -> list[dict[str, str]]:
    return [
        {"method": route.method.upper(), "url": base + route.path, "curl": curl(route, base + route.path, region)}
        for route in api.routes
    ]


def _urls(plan: Plan, clients: Clients) -> list[dict[str, str]]:
    """The routes that answer after a written plan."""
    found = []
    for change in plan:
        api = change.resource
        if isinstance(api, RestApi) and change.action is not Action.DELETE:
            base = api.base_url(clients)
            for name in api.routes:
                method, _, path = name.partition(" ")
                if method != "OPTIONS":
                    found.append({"method": method, "url": base + path})
    return found
