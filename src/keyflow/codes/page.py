"""The page of the documentation that is made of the table."""

from __future__ import annotations

from collections.abc import Iterator

from keyflow.codes import RESERVED, Code, all_codes

_FAMILIES = {
    "KF1": "Documents, files and projects",
    "KF2": "Definitions in Python",
    "KF3": "Builds",
    "KF4": "APIs",
    "KF5": "Deployments, and what is asked of them",
    "KF6": "Runs on the local engine",
    "KF7": "Proofs",
    "KF8": "Files that are checked",
}


def diagnostics_page() -> str:
    """`docs/diagnostics.md`."""
    parts = [
        "# Diagnostics",
        "A diagnostic has a code, a place, what is wrong and, where there is one, the fix. Codes keep their meaning. "
        "This page is made\nof the table in `src/keyflow/codes`; `keyflow explain CODE` shows one entry.",
        "KF802 and higher are the rules of `keyflow check`: see [rules](rules.md).",
    ]
    family = ""
    for code in all_codes().values():
        if code.code[:3] != family:
            family = code.code[:3]
            parts.append(f"## {_FAMILIES[family]}")
        parts += _entry(code)
    parts.append(f"Codes that are no longer used, and are not given again: {', '.join(RESERVED)}.")
    return "\n\n".join(parts) + "\n"


def _entry(code: Code) -> Iterator[str]:
    yield f"### {code.code}: {code.name}"
    yield f"{code.what} {code.why}"
    yield f"**Fix:** {code.fix}"
    if code.example:
        yield f"```py\n{code.example}\n```"
