"""`keyflow explain`: what a diagnostic means, and what to write instead; what a call of AWS does and what undoes it."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from keyflow.cli.output import print_json, reports_errors, styled
from keyflow.codes import Code, all_codes, explained
from keyflow.diagnostics import Diagnostic, ProjectError, did_you_mean
from keyflow.lazy import lazy_pattern

_FAMILY = lazy_pattern(r"KF[0-9]{0,2}")
"""How a code begins that is not written out: all codes are listed that begin so."""
_WRITTEN = lazy_pattern(r"^(?:KF)?[-_ ]?(\d{3})$")
"""A code as people write it: `204`, `kf-204`."""
_LONGEST = 1500
"""Characters of an example that are shown."""
_LABEL = 15
"""Characters of what a line about an operation begins with."""


@click.command()
@click.argument("code", required=False, metavar="[CODE|SERVICE.OPERATION]")
@reports_errors({"codes": [], "rules": [], "operations": []})
def command(code: str | None, output_format: str) -> None:
    """Explain a diagnostic or a property by its code or its name, or a call of AWS; without an argument, list all.

    \b
    Examples:
      keyflow explain KF204
      keyflow explain unknown-parameter
      keyflow explain KF811            a rule of keyflow check, with a broken and a kept example
      keyflow explain P1               a property of a proof
      keyflow explain KF5              the diagnostics of deployments
      keyflow explain dynamodb.update_item     what it does, what undoes it, what finds it
      keyflow explain
    """
    from keyflow.aws.effects.page import looks_like_an_operation

    if code is not None and looks_like_an_operation(code):
        _explain_operation(code, output_format)
    else:
        _explain_diagnostic(code, output_format)


def _explain_operation(name: str, output_format: str) -> None:
    from keyflow.aws.effects.page import OperationPage, operation_named

    page = OperationPage.of(operation_named(name))
    if output_format == "json":
        print_json({"codes": [], "rules": [], "operations": [page.document()], "diagnostics": []})
        return
    click.echo(f"{styled(page.name, sys.stdout, bold=True)}\n")
    for about, said in page.lines():
        indent = " " * _LABEL
        click.echo(textwrap.fill(f"{about:<{_LABEL}}{said}", 110, subsequent_indent=indent, break_on_hyphens=False))


def _explain_diagnostic(code: str | None, output_format: str) -> None:
    from keyflow.check import all_rules

    codes, rules = all_codes(), all_rules()
    family = "KF" if code is None else code.upper()
    whole = _FAMILY.fullmatch(family) is not None
    if whole:
        chosen_codes = [each for name, each in codes.items() if name.startswith(family)]
        chosen_rules = [each for name, each in rules.items() if name.startswith(family)]
    else:
        found = _found(str(code), explained(), rules)
        chosen_codes = [found] if isinstance(found, Code) else []
        chosen_rules = [found] if not isinstance(found, Code) else []
    if output_format == "json":
        print_json(
            {
                "codes": [asdict(each) for each in chosen_codes],
                "rules": [_entry(rule) for rule in chosen_rules],
                "operations": [],
                "diagnostics": [],
            }
        )
    elif whole:
        _list(chosen_codes, chosen_rules)
    else:
        _print(*chosen_codes, *chosen_rules)


def _found(asked: str, codes: Mapping[str, Code], rules: Mapping[str, Any]) -> Any:
    """The entry of the table, or the rule, by its code or its name."""
    names: dict[str, Any] = {each.name: each for each in (*rules.values(), *codes.values())}
    numbered = {**rules, **codes}
    number, name = _WRITTEN.sub(r"KF\1", asked.strip().upper()), re.sub(r"[\s_]+", "-", asked.strip().lower())
    if number in numbered:
        return numbered[number]
    if name in names:
        return names[name]
    hint = did_you_mean(number, numbered) or did_you_mean(name, names)
    raise ProjectError(
        Diagnostic(
            "KF113",
            f"no diagnostic has the code or the name {asked!r}",
            hint=hint or "`keyflow explain` lists them; an operation of AWS is service.operation: dynamodb.update_item",
        )
    )


def _list(codes: list[Code], rules: list[Any]) -> None:
    for each in codes:
        click.echo(f"{styled(each.code, sys.stdout, bold=True)}  {each.name}: {each.what}")
    for rule in rules:
        click.echo(f"{styled(rule.code, sys.stdout, bold=True)}  {rule.name} ({rule.severity.value}): {rule.title}")


def _print(entry: Any) -> None:
    if isinstance(entry, Code):
        _print_code(entry)
    else:
        _print_rule(entry)


def _print_code(code: Code) -> None:
    click.echo(f"{styled(code.code, sys.stdout, bold=True)} {code.name}\n")
    click.echo(textwrap.fill(f"{code.what} {code.why}", 100))
    click.echo(f"\nfix: {textwrap.fill(code.fix, 95, subsequent_indent='     ')}")
    if code.example:
        click.echo(f"\nfor example:\n{textwrap.indent(code.example, '    ')}")


def _print_rule(rule: Any) -> None:
    entry = _entry(rule)
    click.echo(f"{styled(rule.code, sys.stdout, bold=True)} ({entry['severity']}): {rule.title}\n\n{rule.name}\n")
    click.echo(textwrap.fill(rule.why, 100))
    for label in ("bad", "good"):
        click.echo(f"\n{label}:\n{textwrap.indent(entry[label], '    ')}")
    click.echo(f"\n{rule.source}")


def _entry(rule: Any) -> dict[str, Any]:
    from keyflow.check import text_of

    return {
        "code": rule.code,
        "name": rule.name,
        "title": rule.title,
        "severity": rule.severity.value,
        "why": rule.why,
        "bad": text_of(rule.bad)[:_LONGEST],
        "good": text_of(rule.good)[:_LONGEST],
        "source": rule.source,
    }
