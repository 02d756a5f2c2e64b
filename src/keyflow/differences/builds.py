"""Two builds: which workflows and APIs are new, gone, or otherwise than they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.dataclass import dataclass
from keyflow.differences.apis import api_differences
from keyflow.differences.definitions import definition_differences
from keyflow.differences.edit import Edit, Kind
from keyflow.differences.members import names
from keyflow.differences.policies import policy_differences

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The documents of a build, by the names of its workflows and APIs.

    Attributes:
        definitions: Those of workflows.
        apis: OpenAPI documents; None where the build says nothing of APIs.
        policies: What the roles of workflows may do; None where it says nothing of them.
        api_policies: The same of APIs.
        is_part: Whether there may be more: what is not in it is then not gone.
    """

    definitions: Mapping[str, Document]
    apis: Mapping[str, Document] | None = None
    policies: Mapping[str, Document] | None = None
    api_policies: Mapping[str, Document] | None = None
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How a workflow or an API differs: `definition` has the edits of its document, `policy` those of its role's.

    `change` is None where nothing differs; one that is added or removed has no edits.
    """

    name: str
    change: Kind | None
    definition: tuple[Edit, ...] = ()
    policy: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildDifferences:
    """Every workflow and API of two builds, the unchanged ones included."""

    workflows: tuple[Difference, ...]
    apis: tuple[Difference, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return all(each.change is None for each in (*self.workflows, *self.apis))


def build_differences(before: Documents, after: Documents) -> BuildDifferences:
    """How two builds differ; policies and APIs only where both say something of them."""
    workflows, apis = [], []
    for name in _compared(before.definitions, after.definitions, before, after):
        old, new = before.definitions.get(name), after.definitions.get(name)
        policy = _policy(before.policies, after.policies, name)
        workflows.append(_difference(name, old, new, definition_differences, policy))
    if before.apis is not None and after.apis is not None:
        for name in _compared(before.apis, after.apis, before, after):
            policy = _policy(before.api_policies, after.api_policies, name)
            apis.append(_difference(name, before.apis.get(name), after.apis.get(name), api_differences, policy))
    return BuildDifferences(workflows=tuple(workflows), apis=tuple(apis))


def _compared(
    old: Mapping[str, Document], new: Mapping[str, Document], before: Documents, after: Documents
) -> Iterator[str]:
    for name in sorted(names(old, new)):
        if (name in old or not before.is_part) and (name in new or not after.is_part):
            yield name


def _difference(
    name: str, old: Document | None, new: Document | None, differences: Any, policy: tuple[Edit, ...]
) -> Difference:
    if old is None or new is None:
        return Difference(name=name, change=Kind.ADDED if old is None else Kind.REMOVED)
    edits = differences(old, new)
    return Difference(name=name, change=Kind.CHANGED if edits or policy else None, definition=edits, policy=policy)


def _policy(old: Mapping[str, Document] | None, new: Mapping[str, Document] | None, name: str) -> tuple[Edit, ...]:
    """How a role's policy differs, where both builds have it."""
    before, after = (old or {}).get(name), (new or {}).get(name)
    return () if before is None or after is None else policy_differences(before, after)
