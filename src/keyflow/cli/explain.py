"""`keyflow explain`: what a rule is, why, and how it looks broken and kept."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

import click

from keyflow.cli.output import print_json, reports_errors, styled
from keyflow.diagnostics import Diagnostic, ProjectError, did_you_mean

_LONGEST = 1500
"""Characters of an example that are shown."""


@click.command()
@click.argument("code", required=False)
@reports_errors({"rules": []})
def command(code: str | None, output_format: str) -> None:
    """Explain a rule of `keyflow check` by its code; without one, list them all.

    \b
    Examples:
      keyflow explain KF811
      keyflow explain
    """
    from keyflow.check import all_rules

    rules = all_rules()
    if code is not None and code.upper() not in rules:
        hint = did_you_mean(code.upper(), rules) or "docs/diagnostics.md lists the codes that are no rules of check"
        raise ProjectError(Diagnostic("KF113", f"no rule has the code {code!r}", hint=hint))
    chosen = list(rules.values()) if code is None else [rules[code.upper()]]
    if output_format == "json":
        print_json({"rules": [_entry(rule) for rule in chosen], "diagnostics": []})
    elif code is None:
        for rule in chosen:
            click.echo(f"{styled(rule.code, sys.stdout, bold=True)}  {rule.severity.value:7}  {rule.title}")
    else:
        _print(chosen[0])


def _entry(rule: Any) -> dict[str, Any]:
    from keyflow.check import text_of

    return {
        "code": rule.code,
        "title": rule.title,
        "severity": rule.severity.value,
        "why": rule.why,
        "bad": text_of(rule.bad)[:_LONGEST],
        "good": text_of(rule.good)[:_LONGEST],
        "source": rule.source,
    }


def _print(rule: Any) -> None:
    entry = _entry(rule)
    click.echo(f"{styled(rule.code, sys.stdout, bold=True)} ({entry['severity']}): {rule.title}\n")
    click.echo(textwrap.fill(rule.why, 100))
    for label in ("bad", "good"):
        click.echo(f"\n{label}:\n{textwrap.indent(entry[label], '    ')}")
    click.echo(f"\n{rule.source}")
