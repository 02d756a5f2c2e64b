"""CloudFormation's functions in a template's definition, as placeholders: what they give is known at deployment only.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from keyflow import bounds
from keyflow.asl import JSON
from keyflow.json_values import Unquoted, with_leaves
from keyflow.lazy import lazy_pattern
from keyflow.placeholders import PLACEHOLDER

_SCALAR = lazy_pattern(r"-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false")


class Overflow(Exception):
    """A template's functions make more text than `bounds.FILE_BYTES`."""


def with_placeholders(document: JSON) -> JSON:
    """The document with `Ref`, `Fn::GetAtt`, `Fn::Sub` and `Fn::Join` as text: `!GetAtt Job.Arn` is `${JobArn}`.

    Of the two values of an `Fn::If`, the first stands for both; any other function is a placeholder of its own name.

    Raises:
        Overflow: What the functions make is larger than any template.
    """
    return _Functions().placed(document)


def joined(value: JSON) -> str | None:
    """The text that a function makes of texts, with placeholders in it; None where it makes none.

    Raises:
        Overflow: It is larger than any template.
    """
    return _Functions().text(value)


def with_plain_names(document: JSON) -> JSON:
    """The document of a text in Fn::Sub: `${Job.Arn}` is `${JobArn}`, a name that a parameter can have."""

    def plain(leaf: JSON) -> JSON:
        if isinstance(leaf, Unquoted):
            return Unquoted(_plain(leaf))
        return _plain(leaf) if isinstance(leaf, str) else leaf

    return with_leaves(document, plain)


def with_values(document: JSON, values: Mapping[str, str]) -> JSON:
    """The document with the values of placeholders that stand alone: a number, true or false, or text."""

    def value_of(leaf: JSON) -> JSON:
        placeholder = PLACEHOLDER.fullmatch(leaf) if isinstance(leaf, str) else None
        if placeholder is None or placeholder[1] not in values:
            return leaf
        value = values[placeholder[1]]
        return json.loads(value) if _SCALAR.fullmatch(value) else value

    return with_leaves(document, value_of)


class _Functions:
    """Evaluates the functions of one document, which together make a bounded amount of text."""

    def __init__(self) -> None:
        self._left = bounds.FILE_BYTES

    def placed(self, document: JSON) -> JSON:
        match document:
            case dict() if len(document) == 1:
                ((key, value),) = document.items()
                if isinstance(key, str) and (key == "Ref" or key.startswith("Fn::")):
                    return self._function(key, value)
                return {key: self.placed(value)}
            case dict():
                return {key: self.placed(value) for key, value in document.items()}
            case list():
                return [self.placed(element) for element in document]
            case _:
                return document

    def text(self, value: JSON) -> str | None:
        match value:
            case str():
                return _plain(value)
            case {"Fn::Sub": str(text)}:
                return _plain(text)
            case {"Fn::Sub": [str(text), Mapping() as values]}:
                return self._filled(text, values)
            case {"Fn::Join": [str(separator), list(parts)]}:
                found = (self.placed(part) for part in parts)
                texts = [text if isinstance(text, str) else "${Joined}" for text in found]
                self._spend(len(separator) * len(texts) + sum(map(len, texts)))
                return separator.join(texts)
            case _:
                return None

    def _function(self, name: str, value: JSON) -> JSON:
        match name, value:
            case "Ref", str():
                return f"${{{value}}}"
            case "Fn::GetAtt", str() | list():
                parts = value.split(".") if isinstance(value, str) else [str(part) for part in value]
                return f"${{{''.join(re.findall(r'[A-Za-z0-9]+', ''.join(parts)))}}}"
            case "Fn::If", [_condition, first, *_]:
                return self.placed(first)
            case _:
                text = self.text({name: value})
                return f"${{{name.removeprefix('Fn::')}}}" if text is None else text

    def _filled(self, text: str, values: Mapping[str, Any]) -> str:
        known = {name: found for name, value in values.items() if isinstance(found := self.placed(value), str)}

        def value_of(match: re.Match[str]) -> str:
            value = known.get(match[1], match[0])
            self._spend(len(value))
            return value

        return _plain(PLACEHOLDER.sub(value_of, text))

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise Overflow(f"its functions make more than {bounds.FILE_BYTES / 1_000_000:g} MB of text")


def _plain(text: str) -> str:
    return PLACEHOLDER.sub(lambda match: match[0].replace(".", ""), text)
