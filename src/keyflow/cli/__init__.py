"""The `keyflow` command: each subcommand is a file that is imported when it is called."""

from __future__ import annotations

import gc
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from keyflow import __version__

_COMMANDS = {
    "build": "Build the ASL, OpenAPI and IAM artefacts of the definitions.",
    "plan": "Print what a deployment would change.",
    "deploy": "Deploy workflows and APIs to AWS, or to a local engine.",
    "status": "Print what a stage serves, and what was changed by hand.",
    "rollback": "Lead callers back to what was served before.",
    "settle": "Take away what earlier versions needed.",
    "destroy": "Remove what `keyflow deploy` made for a stage.",
    "invoke": "Start an execution of a deployed workflow, and follow it.",
    "logs": "Show what a deployed workflow has logged.",
    "speedtest": "Measure how fast an endpoint or a workflow answers.",
    "serve": "Serve the APIs on this machine, and show what runs.",
    "run": "Run a workflow on the local engine: with stubs, or real calls.",
    "verify": "Prove that no failure leaves anything behind.",
    "diff": "Compare two builds, and what failures leave in both.",
    "check": "Check definitions and APIs that anybody wrote.",
    "graph": "Draw a workflow, and what undoes it.",
    "suggest": "Suggest how what a workflow forgets is undone.",
    "import": "Write a definition that anybody wrote as Python.",
    "explain": "Explain a diagnostic, or what a call of AWS does.",
    "stubs": "Write types by which an editor completes AWS's calls.",
    "init": "Write a first project that builds at once.",
}


_INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ends, as shells have it: 128 and the number of the signal."""


class _LazyGroup(click.Group):
    """Knows its commands' names and summaries, and imports one only when it is asked for."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """As click's. The process ends then: looking for garbage in all that it has made takes a tenth of a build."""
        try:
            return super().__call__(*arguments, **options)
        finally:
            gc.freeze()

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = f"{name}_" if iskeyword(name) else name
        command: click.Command = import_module(f"keyflow.cli.{module}").command
        return command

    def invoke(self, context: click.Context) -> Any:
        from keyflow.garbage import seldom_collected

        try:
            with seldom_collected():
                return super().invoke(context)
        except (KeyboardInterrupt, RuntimeError) as error:
            # Python 3.11 puts what comes while a class is made into a RuntimeError.
            if KeyboardInterrupt not in (type(error), type(error.__cause__)):
                raise
            click.echo("interrupted", err=True)
            context.exit(_INTERRUPTED)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if arguments[0] not in _COMMANDS and not arguments[0].startswith("-"):
            from keyflow.diagnostics import did_you_mean

            hint = did_you_mean(arguments[0], _COMMANDS) or f"there are {', '.join(_COMMANDS)}"
            context.fail(f"no command {arguments[0]!r}; {hint}")
        return super().resolve_command(context, arguments)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="keyflow")
def main() -> None:
    """Workflows and their compensations, from Python to Step Functions.

    \b
    Examples:
      keyflow init my-api            a project that builds at once
      keyflow build                  definitions/*.py -> build/
      keyflow build --check          is build/ current? (for CI)
      keyflow plan --stage dev       what a deployment would change
      keyflow deploy --stage dev --param TableName=keys
      keyflow status --stage dev     what is served, and what was changed by hand
      keyflow rollback --stage dev   back to what was served before
      keyflow settle --stage dev     away with what earlier versions needed
      keyflow destroy --stage dev
      keyflow invoke AddApiKey --stage dev --input @input.json
      keyflow logs AddApiKey --stage dev --errors --since 2h
      keyflow speedtest https://api.example/dev/keys -n 200 --body @body.json
      keyflow run AddApiKey --input @input.json --local
      keyflow serve                  the APIs on this machine, with pages that show what runs
      keyflow verify                 every fault of every call, alone and in pairs
      keyflow diff --failures origin/main    what a change does to failures
      keyflow check file.asl.json template.yaml openapi.yaml
      keyflow graph AddApiKey -o AddApiKey.svg
      keyflow explain KF204          what a diagnostic means, and what to write instead
      keyflow stubs dynamodb sqs     types for your editor
      keyflow suggest AddApiKey      what it forgets, and the line that undoes it
      keyflow import file.asl.json   the same states, as Python

    Exit codes: 0 fine; 1 the input is at fault, or a property is violated; 2 wrong usage; 3 AWS refused or could
    not be reached; 130 interrupted.
    """
