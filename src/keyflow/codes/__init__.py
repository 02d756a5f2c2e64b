"""The table of all diagnostics but the rules of `keyflow check`, which stand in `keyflow.check.rules`.

From it come `docs/diagnostics.md` and `keyflow explain`. A code keeps its meaning; one that is no longer used stays in
`RESERVED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from keyflow.codes.code import Code

__all__ = ["RESERVED", "Code", "all_codes", "explained"]

RESERVED: tuple[str, ...] = ("KF235",)
"""Codes that earlier versions used."""


@cache
def all_codes() -> Mapping[str, Code]:
    """Every entry by its code, in order."""
    from keyflow.codes import builds, definitions, habits, operations, projects, runs, sagas

    modules = (projects, operations, definitions, sagas, habits, builds, runs)
    entries = [entry for module in modules for entry in module.CODES]
    return {entry.code: entry for entry in sorted(entries, key=lambda each: each.code)}


@cache
def explained() -> Mapping[str, Code]:
    """What can be explained beside rules: every entry, the properties of a proof, and codes that are no longer used."""
    from keyflow.codes.properties import PROPERTIES

    gone = (
        Code(
            code=code,
            name=f"no-longer-used-{code[2:]}",
            what="An earlier version of keyflow used this code.",
            why="A code is never given to another diagnostic.",
            fix="This version does not report it: run the command again.",
        )
        for code in RESERVED
    )
    return {**all_codes(), **{each.code: each for each in (*PROPERTIES, *gone)}}
