"""Two JSON values, member by member: where they differ, and which elements of two lists belong together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from keyflow.asl.fields import ABSENT, JSON
from keyflow.dataclass import dataclass
from keyflow.differences.edit import Edit, Kind, Thing
from keyflow.json_values import Unquoted, with_leaves


@dataclass(frozen=True, slots=True)
class Place:
    """Where two values stand."""

    thing: Thing
    subject: tuple[str, ...] = ()
    member: tuple[str, ...] = ()

    def __truediv__(self, name: str) -> Place:
        return Place(self.thing, self.subject, (*self.member, name))

    def edit(self, kind: Kind, before: JSON, after: JSON) -> Edit:
        """An edit of what stands here."""
        return Edit(kind=kind, thing=self.thing, subject=self.subject, member=self.member, before=before, after=after)


def value_differences(place: Place, before: JSON, after: JSON) -> Iterator[Edit]:
    """How two values differ; either may be `ABSENT`. Objects are compared without order, lists with it."""
    match before, after:
        case (Mapping(), Mapping()):
            for name in names(before, after):
                yield from value_differences(place / name, before.get(name, ABSENT), after.get(name, ABSENT))
        case (list() | tuple(), list() | tuple()):
            alike = _ALIKE.get(place.member[-1] if place.member else "", _BY_VALUE)
            yield from list_differences(place, before, after, alike, value_differences)
        case _ if before is ABSENT and after is ABSENT:
            return
        case _ if before is ABSENT:
            yield place.edit(Kind.ADDED, before, after)
        case _ if after is ABSENT:
            yield place.edit(Kind.REMOVED, before, after)
        case _ if not same(before, after):
            yield place.edit(Kind.CHANGED, before, after)


def names(before: Collection[str], after: Collection[str]) -> Iterator[str]:
    """The names in either, in the order of `after`; those that are gone come last."""
    yield from after
    yield from (name for name in before if name not in after)


def same(before: JSON, after: JSON) -> bool:
    """Whether two values are one to JSON: true is no number, 2 is 2.0, and a placeholder in quotes is a text."""
    match before, after:
        case (Mapping(), Mapping()):
            return before.keys() == after.keys() and all(same(before[name], after[name]) for name in before)
        case (list() | tuple(), list() | tuple()):
            return len(before) == len(after) and all(map(same, before, after))
        case _:
            alike = all(isinstance(before, kind) == isinstance(after, kind) for kind in (bool, Unquoted))
            return alike and bool(before == after)


def key(value: JSON) -> str:
    """A text that two values share where they are the same."""
    return json.dumps(with_leaves(value, _one_number), sort_keys=True, default=repr)


def _one_number(leaf: Any) -> Any:
    return int(leaf) if isinstance(leaf, float) and leaf.is_integer() else leaf


# Lists.

Keys = Callable[[JSON], Iterable[str]]
"""What two elements of lists may have in common, from an element: two that share a key no other has belong together."""


@dataclass(frozen=True, slots=True)
class Alike:
    """How elements of two lists find each other, the surest first; what is left is paired in order if it is as many.

    Attributes:
        rounds: What is looked for after whole elements that are equal.
        name: What a person calls an element; None for one that has no name.
    """

    rounds: tuple[Keys, ...] = ()
    name: Callable[[JSON], str | None] = lambda _element: None


def list_differences(
    place: Place,
    before: Sequence[JSON],
    after: Sequence[JSON],
    alike: Alike,
    differences: Callable[[Place, JSON, JSON], Iterable[Edit]],
) -> Iterator[Edit]:
    """How two lists differ, element by element, where `differences` compares two that belong together."""
    pairs = paired(before, after, alike)
    old, new = _labels(before, alike), _labels(after, alike)
    partners = {second: first for first, second in pairs}
    for index, element in enumerate(after):
        if index not in partners:
            yield (place / f"[{new[index]}]").edit(Kind.ADDED, ABSENT, element)
            continue
        label = new[index] if old[partners[index]] == new[index] else str(index)
        yield from differences(place / f"[{label}]", before[partners[index]], element)
    kept = {first for first, _second in pairs}
    for index, element in enumerate(before):
        if index not in kept:
            yield (place / f"[{old[index]}]").edit(Kind.REMOVED, element, ABSENT)
    if [first for first, _second in sorted(pairs, key=lambda pair: pair[1])] != sorted(kept):
        shown = _names_or_elements(before, alike), _names_or_elements(after, alike)
        yield place.edit(Kind.REORDERED, *shown)


def paired(before: Sequence[JSON], after: Sequence[JSON], alike: Alike) -> list[tuple[int, int]]:
    """The indices of the elements of two lists that belong together; the same pairs where the lists change places."""
    old, new = dict(enumerate(before)), dict(enumerate(after))
    pairs = []

    def pair(first: int, second: int) -> None:
        del old[first], new[second]
        pairs.append((first, second))

    equal = [_by_key(each, lambda element: (key(element),)) for each in (old, new)]
    for shared in sorted(equal[0].keys() & equal[1].keys()):
        for first, second in zip(equal[0][shared], equal[1][shared], strict=False):
            pair(first, second)
    for keys in alike.rounds:
        found = [_by_key(each, keys) for each in (old, new)]
        for shared in sorted(found[0].keys() & found[1].keys()):
            (first, *others), (second, *more) = found[0][shared], found[1][shared]
            if not others and not more and first in old and second in new:
                pair(first, second)
    if len(old) == len(new):
        for first, second in zip(list(old), list(new), strict=True):
            pair(first, second)
    return pairs


def _by_key(elements: Mapping[int, JSON], keys: Keys) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, element in elements.items():
        for each in dict.fromkeys(keys(element)):
            found.setdefault(each, []).append(index)
    return found


def _labels(elements: Sequence[JSON], alike: Alike) -> list[str]:
    """The name of each element where no other has it, else its index."""
    called = [alike.name(element) for element in elements]
    counts = Counter(called)
    return [name if name and counts[name] == 1 else str(index) for index, name in enumerate(called)]


def _names_or_elements(elements: Sequence[JSON], alike: Alike) -> list[JSON]:
    called = [alike.name(element) for element in elements]
    return list(called) if None not in called and len(set(called)) == len(called) else list(elements)


def member(element: JSON, name: str) -> JSON:
    """A member of an element, `ABSENT` where it has none or is no object."""
    return element.get(name, ABSENT) if isinstance(element, Mapping) else ABSENT


def _errors(element: JSON) -> tuple[str, ...]:
    found = member(element, "ErrorEquals")
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _every_error(element: JSON) -> tuple[str, ...]:
    return (key(sorted(_errors(element))),)


def _next(element: JSON) -> tuple[str, ...]:
    found = member(element, "Next")
    return (found,) if isinstance(found, str) else ()


def _condition(element: JSON) -> tuple[str, ...]:
    """What a rule asks, without what follows from it."""
    if not isinstance(element, Mapping):
        return ()
    return (key({name: value for name, value in element.items() if name not in _NO_CONDITION}),)


_NO_CONDITION = ("Next", "Assign", "Output", "Comment")


def _parameter(element: JSON) -> str | None:
    """The name of a parameter of a route."""
    found = member(element, "name")
    return found if isinstance(found, str) else None


def _parameter_and_place(element: JSON) -> tuple[str, ...]:
    name = _parameter(element)
    return () if name is None else (key([member(element, "in") if "in" in element else None, name]),)


_BY_VALUE = Alike()
_BY_ERRORS = Alike((_every_error, _errors, _next), lambda element: ", ".join(_errors(element)) or None)
_ALIKE: Mapping[str, Alike] = {
    "Retry": _BY_ERRORS,
    "Catch": _BY_ERRORS,
    "Choices": Alike((_condition, _next)),
    "parameters": Alike((_parameter_and_place,), _parameter),
}
"""The lists whose elements are known by more than their value, by the member that holds them."""
