"""Dataclasses that cost little to import: nothing of them is compiled but `__init__`, where it is called often.

The standard library reads the annotations of each dataclass and compiles up to six methods when its module is imported,
half a millisecond in all; a command imports two hundred of them. Type checkers see the standard library's decorator,
and `fields`, `replace` and patterns the fields that it makes, when they are first asked for; the methods are made here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import fields as fields
else:

    def dataclass(*, kw_only: bool = False, slots: bool = False, **options: bool) -> Callable[[type], type]:
        """As the standard library's; the other `options` are `frozen`, `eq` and `repr`."""
        frozen, eq = options.get("frozen", False), options.get("eq", True)

        def decorate(cls: type) -> type:
            written = vars(cls)
            writes_hash = eq and written.get("__hash__") is None
            absent = [name for name in ("__init__", "__repr__", "__eq__") if name not in written]
            own = _own_fields(cls, kw_only=kw_only)
            every = {**_fields(cls), **own}
            made = _with_slots(cls, own, every) if slots else _with_defaults(cls, own)
            setattr(made, _FIELDS, every)
            made.__dataclass_fields__ = _LateFields(made, own)
            if "__match_args__" not in written:
                made.__match_args__ = tuple([name for name, each in every.items() if each.init and not each.kw_only])
            if "__init__" in absent:
                made.__init__ = _late_initializer(made, frozen=frozen, slots=slots)
            if "__repr__" in absent and options.get("repr", True):
                made.__repr__ = _representation(every)
            if "__eq__" in absent and eq:
                made.__eq__ = _equality(every)
            if writes_hash:
                made.__hash__ = _hash(every) if frozen else None
            if frozen:
                made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
                if slots:
                    made.__getstate__, made.__setstate__ = _state, _set_state
            return made

        return decorate

    def fields(cls: type) -> tuple[Field[Any], ...]:
        """As the standard library's, of such a class; it makes nothing for it."""
        return tuple(_fields(cls).values())


_Fields = Mapping[str, Field[Any]]

# What a class has for fields.

_FIELDS = "__keyflow_fields__"
"""Where a class keeps all its fields, those of its bases first."""


def _fields(cls: type) -> _Fields:
    """The fields of a class, or of its bases where it has none of its own yet."""
    found: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__):
        found.update(vars(base).get(_FIELDS, ()))
    return found


def _own_fields(cls: type, *, kw_only: bool) -> _Fields:
    """The fields that a class adds to those of its bases; its annotations are text."""
    own: dict[str, Field[Any]] = {}
    written = vars(cls)
    for name, kind in cls.__annotations__.items():
        if kind == "KW_ONLY":
            kw_only = True
        elif not kind.startswith("ClassVar"):
            given = written.get(name, MISSING)
            own[name] = each = given if isinstance(given, Field) else dataclasses.field(default=given)
            each.name = name
            if each.kw_only is MISSING:
                each.kw_only = kw_only
    return own


def _with_slots(cls: type, own: _Fields, every: _Fields) -> Any:
    """The class made once more, with slots for its fields (https://docs.python.org/3/reference/datamodel.html#slots)."""
    taken = {name for base in cls.__mro__[1:-1] for name in vars(base).get("__slots__", ())}
    content = dict(vars(cls))
    for name in (*own, "__dict__", "__weakref__"):
        content.pop(name, None)
    content["__slots__"] = tuple([name for name in every if name not in taken])
    made = type(cls)(cls.__name__, cls.__bases__, content)
    made.__qualname__ = cls.__qualname__
    return made


def _with_defaults(cls: Any, own: _Fields) -> Any:
    """The class, in which the defaults lie that were written as fields."""
    for name, each in own.items():
        if each.default is not MISSING:
            setattr(cls, name, each.default)
        elif name in vars(cls):
            delattr(cls, name)
    return cls


class _LateFields:
    """Stands for `__dataclass_fields__` until it is read: then the standard library makes them, of a class like it."""

    def __init__(self, cls: Any, own: _Fields) -> None:
        self._cls, self._own = cls, own

    def __get__(self, _instance: object, _owner: type) -> _Fields:
        cls = self._cls
        bases = tuple(base for base in cls.__bases__ if dataclasses.is_dataclass(base))
        names = {"__module__": cls.__module__, "__doc__": cls.__name__, "__annotations__": cls.__annotations__}
        alike = type(cls)(cls.__name__, bases, {**names, **self._own})
        made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(alike)
        cls.__dataclass_params__, cls.__dataclass_fields__ = made.__dataclass_params__, made.__dataclass_fields__
        found: _Fields = made.__dataclass_fields__
        return found


# What its methods do.


_FEW = 5
"""Objects of a class before its `__init__` is compiled: that takes as long as some dozens of objects without it."""


def _late_initializer(cls: Any, *, frozen: bool, slots: bool) -> Callable[..., None]:
    """Stands for `__init__` until it is compiled."""
    fields = _fields(cls)
    parameters = [name for name, each in fields.items() if each.init and not each.kw_only]
    made = 0

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        nonlocal made
        made += 1
        given = dict(zip(parameters, args, strict=False)) | kwargs
        if made > _FEW or len(given) < len(args) + len(kwargs) or not _assign(self, fields, given):
            cls.__init__ = initializer = _initializer(cls, frozen=frozen, slots=slots)
            initializer(self, *args, **kwargs)
        elif hasattr(cls, "__post_init__"):
            self.__post_init__()

    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return __init__


def _assign(made: object, fields: _Fields, given: Mapping[str, Any]) -> bool:
    """Sets the fields of an object; whether it was given what they ask for."""
    taken = 0
    for name, each in fields.items():
        if each.init and name in given:
            value = given[name]
            taken += 1
        elif each.default is not MISSING:
            value = each.default
        elif each.default_factory is not MISSING:
            value = each.default_factory()
        elif each.init:
            return False
        else:
            continue
        object.__setattr__(made, name, value)
    return taken == len(given)


def _initializer(cls: Any, *, frozen: bool, slots: bool) -> Callable[..., None]:
    """`__init__` with the parameters and the defaults that the fields say."""
    named: dict[str, Any] = {"MISSING": MISSING, "assign": object.__setattr__}
    parameters, keywords, lines = ["self"], ["*"], []
    for name, each in _fields(cls).items():
        value = name
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


def _representation(fields: _Fields) -> Callable[[Any], str]:
    names = [name for name, each in fields.items() if each.repr]

    @recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: N807
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _equality(fields: _Fields) -> Callable[[Any, Any], bool]:
    compared = _members([name for name, each in fields.items() if each.compare])

    def __eq__(self: Any, other: Any) -> bool:  # noqa: N807
        return compared(self) == compared(other) if type(other) is type(self) else NotImplemented

    return __eq__


def _hash(fields: _Fields) -> Callable[[Any], int]:
    hashed = _members([name for name, each in fields.items() if (each.compare if each.hash is None else each.hash)])
    return lambda self: hash(hashed(self))


def _members(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """The tuple of an object's members."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _refuse_to_set(self: Any, name: str, value: Any) -> None:
    """Refuses changes as the standard library does: a class that adds no fields may have other members."""
    if _FIELDS in vars(type(self)) or name in _fields(type(self)):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _refuse_to_delete(self: Any, name: str) -> None:
    if _FIELDS in vars(type(self)) or name in _fields(type(self)):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _state(self: Any) -> list[Any]:
    """What an object with slots is copied and sent as."""
    return [getattr(self, name) for name in _fields(type(self))]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(_fields(type(self)), state, strict=True):
        object.__setattr__(self, name, value)
