"""The mistakes of `mistakes.txt`, as the wrong and the right text of a definition file.

Each begins with its name, the code that says so, and what the hint says. A line begins with what it is: `-` stands in
the wrong file, `!` is the one that the finding names, `+` stands in the right file, a blank in both, `=` in both where
the finding names it. Where the mistake ends its workflow itself, its title ends with `(ends)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD = """\
import json

from keyflow import Api, Parameter, Retry, StateMachine, Workflow, format, intrinsics
from keyflow.aws import apigateway, dynamodb, lambda_, s3, sqs

workflow = Workflow("W", type="STANDARD", saga=False)
value, other = workflow.input["value"], workflow.input["other"]
"""
TAIL = "workflow.succeed({'done': True}, name='Done')"
_TITLE = re.compile(r"## (?P<name>.*): (?P<code>KF\d+)(?: (?P<said>.+?))??(?P<ends> \(ends\))?\n")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A wrong definition file and the right one; `line` is what the finding names, and `said` stands in its hint."""

    name: str
    code: str
    said: str
    wrong: str
    right: str
    line: int


def mistakes() -> Iterator[Mistake]:
    """Every mistake of the table, in its order."""
    text = Path(__file__).with_name("mistakes.txt").read_text()
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]:
        title = _TITLE.match(part)
        assert title is not None, part
        marked = [
            (line[:1], line[2:]) for line in part[title.end() :].split("\n") if line and not line.startswith("# ")
        ]
        tail = [] if title["ends"] else [TAIL]
        wrong = [(mark, line) for mark, line in marked if mark != "+"]
        yield Mistake(
            name=title["name"],
            code=title["code"],
            said=title["said"] or "",
            wrong=_file([line for _mark, line in wrong], tail),
            right=_file([line for mark, line in marked if mark in "+= "], tail),
            line=HEAD.count("\n") + 1 + next(index for index, (mark, _line) in enumerate(wrong) if mark in "!="),
        )


def _file(body: list[str], tail: list[str]) -> str:
    return HEAD + "\n".join([*body, *tail]) + "\n"
