"""Dataclasses whose methods are made later do what the standard library's do."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
from collections.abc import Iterator
from dataclasses import KW_ONLY, FrozenInstanceError, field, fields, replace
from typing import Any, ClassVar

import pytest

import keyflow
from keyflow import dataclass as late

ADDED: list[Any] = []


class Point:
    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)
    note: str = field(default="", compare=False, repr=False)
    kind: ClassVar[str] = "point"

    def __post_init__(self) -> None:
        ADDED.append(self.x)


def pair(**options: Any) -> tuple[Any, Any]:
    """The class by the standard library and by keyflow."""

    def anew() -> type:
        made = type("Point", (), {key: value for key, value in vars(Point).items() if key not in ("__dict__",)})
        made.__qualname__ = "Point"
        return made

    decorators: tuple[Any, Any] = (dataclasses.dataclass, late.dataclass)
    first, second = (decorator(**options)(anew()) for decorator in decorators)
    return first, second


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("eq", [False, True])
@pytest.mark.parametrize("kw_only", [False, True])
def test_it_does_what_the_standard_library_does(frozen: bool, eq: bool, kw_only: bool) -> None:
    theirs, ours = pair(frozen=frozen, eq=eq, kw_only=kw_only)
    shown = []
    for cls in (theirs, ours):
        one, other = cls(x=1), cls(x=1, note="other")
        shown.append(
            (
                repr(one),
                one == other,
                one == cls(x=2),
                [(each.name, each.kw_only) for each in fields(cls)],
                cls.__match_args__,
                repr(replace(one, y=5)),
                cls.__hash__ is None,
                ADDED.pop(),
            )
        )
        with pytest.raises(TypeError, match=r"Point.__init__\(\)"):
            cls()
        if frozen:
            with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
                one.x = 3
            with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
                del one.x
        else:
            one.x = 3
            assert one.x == 3
    assert shown[0] == shown[1]


@late.dataclass(frozen=True, slots=True)
class Sent:
    """One that is sent to other processes."""

    x: int
    more: tuple[int, ...] = ()


@late.dataclass(frozen=True)
class Longer(Sent):
    """One with a field more."""

    z: int = 9


def test_what_is_frozen_can_be_copied_and_sent() -> None:
    assert pickle.loads(pickle.dumps(Sent(1, (2,)))) == copy.deepcopy(Sent(1, (2,))) == Sent(1, (2,))
    assert not hasattr(Sent(1), "__dict__")
    assert {Sent(1): "a"}[Sent(1)] == "a"


def test_fields_are_inherited() -> None:
    assert repr(Longer(1)) == "Longer(x=1, more=(), z=9)"
    assert Longer(1) != Sent(1)
    match Longer(1, (2,), 3):
        case Longer(x, more, z):
            assert (x, more, z) == (1, (2,), 3)


@pytest.mark.parametrize("slots", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_a_class_is_made_ready_where_it_has_many_objects(frozen: bool, slots: bool) -> None:
    """Then it has a plain `__init__`: nothing stands before it any more. The first objects are like the others."""

    class Mixed:
        x: int
        tags: list[str] = field(default_factory=list)
        _: KW_ONLY
        y: int
        z: int = 3

        def __post_init__(self) -> None:
            ADDED.append(self.x)

    ours: Any = late.dataclass(frozen=frozen, slots=slots)(Mixed)
    before = vars(ours)["__init__"]
    ADDED.clear()
    first = [ours(1, y=2), ours(x=1, y=2, z=3), ours(1, [], y=2)]
    assert vars(ours)["__init__"] is before
    more = [ours(1, y=2) for _ in range(10)]
    assert vars(ours)["__init__"] is not before
    assert vars(ours)["__init__"].__code__.co_filename == "<string>"
    assert all(each == first[0] for each in [*first, *more])
    assert ADDED == [1] * 13


@pytest.mark.parametrize("earlier", [0, 10])
def test_a_call_that_is_wrong_is_refused_as_ever(earlier: int) -> None:
    theirs, ours = pair(frozen=True)
    for _ in range(earlier):
        ours(1)
    for args, kwargs in (((), {}), ((1, 2, [], "", 5), {}), ((1,), {"x": 2}), ((1,), {"w": 2}), ((), {"y": 2})):
        found = []
        for cls in (theirs, ours):
            with pytest.raises(TypeError) as caught:
                cls(*args, **kwargs)
            found.append(str(caught.value))
        assert found[0] == found[1]


def classes_under(cls: type) -> Iterator[type]:
    found: list[type] = type.__subclasses__(cls)
    for each in found:
        yield each
        yield from classes_under(each)


def test_every_dataclass_of_keyflow_has_the_fields_that_the_standard_library_finds() -> None:
    for module in pkgutil.walk_packages(keyflow.__path__, "keyflow."):
        if not module.name.endswith("__main__") and module.name != "keyflow.testing.plugin":
            importlib.import_module(module.name)
    found = [cls for cls in classes_under(object) if "__keyflow_fields__" in vars(cls)]
    assert len(found) > 200
    for cls in found:
        assert late.fields(cls) == fields(cls), cls
        assert [each.name for each in late.fields(cls)] == [each.name for each in fields(cls)], cls


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("slots", [False, True])
def test_a_field_that_no_parameter_gives_has_its_default(frozen: bool, slots: bool) -> None:
    class Counted:
        name: str
        found: list[str] = field(default_factory=list, init=False)
        kind: str = field(default="plain", init=False)

    counted: Any = late.dataclass(frozen=frozen, slots=slots)(Counted)
    one = counted("a")
    one.found.append("b")
    assert (one.name, one.found, one.kind) == ("a", ["b"], "plain")
    assert counted("a").found == []
    with pytest.raises(TypeError, match="unexpected keyword argument 'kind'"):
        counted("a", kind="other")


@late.dataclass(frozen=True, slots=True)
class Nothing:
    """One without fields."""


@late.dataclass(slots=True)
class Linked:
    """One that can lead back to itself."""

    next: Any = None


def test_few_fields_are_fields_too() -> None:
    assert (repr(Nothing()), Nothing() == Nothing(), hash(Nothing())) == ("Nothing()", True, hash(()))
    assert {Sent(1): 1}.get(Sent(1)) == 1
    other: Any = Linked()
    assert Nothing() != other
    one = Linked()
    one.next = one
    assert repr(one) == "Linked(next=...)"
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
