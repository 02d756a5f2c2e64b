"""Placeholders: `${Name}` in a text, for which a deployment puts a value.

There are three kinds, each in the one before it. Somebody's tool may put in almost anything before AWS reads the text
(`SUBSTITUTION`). Of that, CloudFormation and keyflow fill what has a name as AWS wants it (`PLACEHOLDER`). And of that,
some names are those that a parameter can have (`PARAMETER`); the others are of resources and of CloudFormation itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyflow import json_values
from keyflow.diagnostics import Diagnostic, ProjectError
from keyflow.json_values import Unquoted, with_leaves
from keyflow.lazy import lazy_pattern

PARAMETER_NAME = r"[A-Za-z][A-Za-z0-9]{0,254}"
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"""

PARAMETER = lazy_pattern(rf"\$\{{({PARAMETER_NAME})\}}")

PLACEHOLDER = lazy_pattern(r"\$\{([A-Za-z0-9_.:]+)\}")
"""`${AWS::Region}`, `${Function.Arn}`, `${queue_url}`: "Template error: variable names in Fn::Sub syntax must contain
only alphanumeric characters, underscores, periods, and colons" (https://github.com/aws-cloudformation/cfn-lint/pull/1430).
Terraform's names are among these, too."""

SUBSTITUTION = lazy_pattern(r"\$\{[^}$]*\}|#\{[^}#]*\}")
"""`${var.queue["url"]}`, `${self:custom.table, 'orders'}`, `#{AWS::Region}`: other tools put it in."""


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the values of its placeholders; one without a value stays."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def filled_in(document: Any, values: Mapping[str, str], *, stand_ins: bool = True) -> Any:
    """The document with every text filled; keys stay.

    A placeholder without quotes that has no value becomes its stand-in, or stays where `stand_ins` says so.

    Raises:
        ProjectError: KF520, what a placeholder without quotes becomes is no JSON.
    """

    def value_of(leaf: Any) -> Any:
        match leaf:
            case Unquoted():
                return value_at(leaf, values) if stand_ins or leaf[2:-1] in values else leaf
            case str():
                return filled(leaf, values)
            case _:
                return leaf

    return with_leaves(document, value_of)


def value_at(placeholder: Unquoted, values: Mapping[str, str]) -> Any:
    """What stands for a placeholder without quotes: the JSON that its value is; its stand-in where it has no value.

    Raises:
        ProjectError: KF520, the value is no JSON.
    """
    text = filled(placeholder, values)
    if text == placeholder:
        return placeholder.stand_in
    try:
        return json_values.parse(text)
    except ValueError:
        message = f"{placeholder} stands without quotes, and {text!r} is no number, true, false or other JSON"
        raise ProjectError(Diagnostic("KF520", message)) from None
