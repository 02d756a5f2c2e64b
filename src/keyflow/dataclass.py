"""Dataclasses that cost little to import: nothing of them is compiled but `__init__`, and that when it is first called.

The standard library compiles up to six methods of each dataclass when its module is imported, half a millisecond in
all; a command imports two hundred of them. Type checkers see the standard library's decorator, and so do `fields`,
`replace` and patterns: the classes are its own, but for the methods that are made here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, kw_only: bool = False, slots: bool = False, **options: bool) -> Callable[[type], type]:
        """As the standard library's; the other `options` are `frozen`, `eq` and `repr`."""
        frozen, eq = options.get("frozen", False), options.get("eq", True)

        def decorate(cls: type) -> type:
            own = vars(cls)
            writes_hash = eq and own.get("__hash__") is None
            absent = [name for name in ("__init__", "__repr__", "__eq__") if name not in own]
            cls.__doc__ = cls.__doc__ or cls.__name__  # else one is made of the signature
            made = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=slots)(cls)
            if "__init__" in absent:
                made.__init__ = _late_initializer(made, frozen=frozen, slots=slots)
            if "__repr__" in absent and options.get("repr", True):
                made.__repr__ = _representation(made)
            if "__eq__" in absent and eq:
                made.__eq__ = _equality(made)
            if writes_hash:
                made.__hash__ = _hash(made) if frozen else None
            if frozen:
                _freeze(made, slots=slots)
            return made

        return decorate


def _late_initializer(cls: Any, *, frozen: bool, slots: bool) -> Callable[..., None]:
    """Stands for `__init__` until it is called: then it is made."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        cls.__init__ = initializer = _initializer(cls, frozen=frozen, slots=slots)
        initializer(self, *args, **kwargs)

    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return __init__


def _initializer(cls: Any, *, frozen: bool, slots: bool) -> Callable[..., None]:
    """`__init__` with the parameters and the defaults that the fields say."""
    named: dict[str, Any] = {"MISSING": MISSING, "assign": object.__setattr__}
    parameters, keywords, lines = ["self"], ["*"], []
    for each in dataclasses.fields(cls):
        value = name = each.name
        default = f"default_{name}"
        if each.default_factory is not MISSING:
            named[f"make_{name}"] = each.default_factory
            named[default] = MISSING
            value = f"make_{name}() if {name} is MISSING else {name}" if each.init else f"make_{name}()"
        elif each.default is not MISSING:
            named[default] = each.default
        if each.init:
            parameter = f"{name}={default}" if default in named else name
            (keywords if each.kw_only else parameters).append(parameter)
        elif default not in named:
            continue
        elif value == name:
            value = default
        if not frozen:
            lines.append(f"self.{name} = {value}")
        elif slots:  # the quickest way past what refuses changes
            named[f"assign_{name}"] = getattr(cls, name).__set__
            lines.append(f"assign_{name}(self, {value})")
        else:
            lines.append(f"assign(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    given = ", ".join(parameters + keywords if len(keywords) > 1 else parameters)
    exec(f"def __init__({given}):\n " + "\n ".join(lines or ["pass"]), named)  # noqa: S102  names of fields alone
    made: Callable[..., None] = named["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _representation(cls: Any) -> Callable[[Any], str]:
    names = [each.name for each in dataclasses.fields(cls) if each.repr]

    @recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: N807
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _equality(cls: Any) -> Callable[[Any, Any], bool]:
    compared = _members([each.name for each in dataclasses.fields(cls) if each.compare])

    def __eq__(self: Any, other: Any) -> bool:  # noqa: N807
        return compared(self) == compared(other) if type(other) is type(self) else NotImplemented

    return __eq__


def _hash(cls: Any) -> Callable[[Any], int]:
    hashed = _members(
        [each.name for each in dataclasses.fields(cls) if (each.compare if each.hash is None else each.hash)]
    )
    return lambda self: hash(hashed(self))


def _members(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """The tuple of an object's members."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _freeze(cls: Any, *, slots: bool) -> None:
    """Refuses changes as the standard library does; objects with slots can be copied and sent all the same."""
    names = frozenset(each.name for each in dataclasses.fields(cls))

    def refuse_to_set(self: Any, name: str, value: Any) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def refuse_to_delete(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    cls.__setattr__, cls.__delattr__ = refuse_to_set, refuse_to_delete
    if slots:
        cls.__getstate__, cls.__setstate__ = _state, _set_state


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
