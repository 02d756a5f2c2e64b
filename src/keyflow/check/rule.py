"""What a rule is: what it finds, and everything that a person wants to know of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY
from typing import Any, Generic, TypeVar

from keyflow.check.paths import Path
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Severity

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is broken; `on_key` says that the key is meant, not what stands behind it.

    `fix` is the text that is to stand there, where there is one only: for the key, or the value.
    """

    path: Path
    message: str
    hint: str | None = None
    on_key: bool = False
    _: KW_ONLY
    fix: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[S]):
    """A rule: its code, title and reason, a document that breaks it, and one that keeps it.

    `bad` and `good` are states by their names, operations by their methods, or whole documents. `source` is the page
    that settles it.
    """

    code: str
    title: str
    why: str
    bad: Any
    good: Any
    source: str
    check: Callable[[S], Iterator[Finding]]
    severity: Severity = Severity.ERROR

    @property
    def name(self) -> str:
        """That of the file with its check: `no-end`."""
        return self.check.__module__.rpartition(".")[2].replace("_", "-")

    @property
    def names(self) -> frozenset[str]:
        """What a comment or a configuration may call it: its code, and its name."""
        return frozenset((self.code, self.name))


SPEC = "https://states-language.net/spec.html"
GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
GATEWAY = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
_METHODS = ("get", "post", "put", "patch", "delete", "options")


def document_of(example: Any) -> Any:
    """The whole document of an example: states get a StartAt, operations a path."""
    if isinstance(example, str):
        return example
    if {"States", "StartAt", "paths"} & example.keys():
        return example
    if set(example) <= set(_METHODS):
        return {"openapi": "3.0.1", "paths": {"/things": example}}
    return {"StartAt": next(iter(example), "A"), "States": example}


def text_of(example: Any) -> str:
    """The example's document as text."""
    document = document_of(example)
    return document if isinstance(document, str) else json.dumps(document, indent=2, ensure_ascii=False)
