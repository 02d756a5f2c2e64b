"""The page of the documentation that is made of the rules."""

from __future__ import annotations

from keyflow.check import all_rules, text_of

_LONGEST = 700


def rules_page() -> str:
    """`docs/rules.md`."""
    parts = [
        "# Rules",
        "What `keyflow check` holds definitions and APIs to. This page is made of the rules themselves; "
        "`keyflow explain CODE` shows one.",
    ]
    for rule in all_rules().values():
        parts += [
            f"## {rule.code}: {rule.title}",
            f"`{rule.name}`",
            f"{rule.why} ({rule.severity.value}; [source]({rule.source}))",
            "Broken:",
            f"```json\n{_shortened(text_of(rule.bad))}\n```",
            "Kept:",
            f"```json\n{_shortened(text_of(rule.good))}\n```",
        ]
    return "\n\n".join(parts) + "\n"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
