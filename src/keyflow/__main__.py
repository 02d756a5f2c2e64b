"""`python -m keyflow` is the `keyflow` command."""

from keyflow.cli import main

main(prog_name="keyflow")
