"""What only one execution can have written: texts with its own name, or with an identifier made in it.

Step Functions gives each execution a name that no other of its machine has (for 90 days, of a Standard one), and a UUID
is like no other. Verification gives executions names of that form.
Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html#API_StartExecution_RequestParameters
"""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache
from typing import Any

from keyflow.asl import JSON
from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern

OWN_NAME = "6b657966-6c6f-4077-8072-6f6f66000001"
"""The name of each execution that is verified."""
OTHERS_NAME = "6b657966-6c6f-4077-8072-6f6f66000002"
"""The name that stands where another execution has its own."""
_UNIQUE = lazy_pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
"""A UUID. A digest is none: that of a text which others have is theirs as well."""


def texts_in(tree: Any) -> list[str]:
    """Every text in a JSON value, but for the names of members."""
    found, pending = [], [tree]
    while pending:
        each = pending.pop()
        kind = type(each)
        if kind is str:
            found.append(each)
        elif kind is dict or isinstance(each, dict):
            pending += reversed(each.values())
        elif isinstance(each, list):
            pending += reversed(each)
        elif isinstance(each, str):
            found.append(each)
    return found


@dataclass(slots=True)
class Own:
    """What is an execution's own: texts with its name or a UUID, and those `given` to it alone by AWS.

    The UUIDs that the input has, `foreign`, are whoever's sent it.
    """

    given: set[str] = field(default_factory=set)
    foreign: frozenset[str] = frozenset()

    def learn(self, result: JSON, label: str) -> None:
        """Notes the texts of the result of a call that has made something; each begins with `label`."""
        self.given |= {text for text in texts_in(result) if text.startswith(label)}

    def has(self, tree: Any) -> bool:
        """Whether something in a value is the execution's own."""
        return any(map(self._is_own, texts_in(tree)))

    def _is_own(self, text: str) -> bool:
        return not self.foreign.issuperset(_uniques(text)) or any(own in text for own in self.given)

    def of_another(self, tree: Any) -> Any:
        """The value as another execution would have written it: with its own where this one's stands."""
        match tree:
            case dict():
                return {name: self.of_another(value) for name, value in tree.items()}
            case list():
                return [self.of_another(value) for value in tree]
            case str():
                for own in self.given:
                    tree = tree.replace(own, OTHERS_NAME)
                return _UNIQUE.sub(lambda found: found[0] if found[0] in self.foreign else OTHERS_NAME, tree)
            case _:
                return tree


def unique_in(tree: Any) -> frozenset[str]:
    """The UUIDs in a value."""
    return frozenset(found for text in texts_in(tree) for found in _uniques(text))


@lru_cache(maxsize=4096)
def _uniques(text: str) -> tuple[str, ...]:
    """The UUIDs in a text: executions that are verified have few texts, again and again."""
    return tuple(_UNIQUE.findall(text))
