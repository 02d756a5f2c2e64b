"""Types of options: what a command is given as text, and takes as a number."""

from __future__ import annotations

import re
from typing import Any

import click


class Seconds(click.FloatRange):
    """More than no seconds, and at most so many: `nan` is within every range of click's."""

    name = "seconds"

    def __init__(self, *, most: float) -> None:
        super().__init__(0, most, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        seconds = super().convert(value, param, ctx)
        if seconds != seconds:
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return seconds


def percent(_context: click.Context, _option: click.Parameter, text: str) -> float:
    """A share as `10%`, or `10`: 0.1. It is the callback of an option."""
    found = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)%?", text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no share, such as 10%")
    return float(found[1]) / 100
