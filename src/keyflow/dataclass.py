"""Dataclasses whose methods are made when one is first called.

The standard library compiles up to six methods of each dataclass when its module is imported, half a millisecond in
all; a command imports a hundred of them, and meets few. Type checkers see the standard library's decorator, and so do
`fields`, `replace` and patterns: the classes are its own, but for the moment at which it writes their methods.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, kw_only: bool = False, slots: bool = False, **options: bool) -> Callable[[type], type]:
        """As the standard library's; the other `options` are `frozen`, `eq` and `repr`."""
        frozen, eq = options.get("frozen", False), options.get("eq", True)

        def decorate(cls: type) -> type:
            own = vars(cls)
            has_hash = own.get("__hash__") is not None
            methods = ["__init__"]
            methods += ["__repr__"] if options.get("repr", True) else []
            methods += ["__eq__"] if eq else []
            methods = [name for name in methods if name not in own]
            methods += ["__hash__"] if eq and frozen and not has_hash else []
            cls.__doc__ = cls.__doc__ or cls.__name__  # else one is made of the signature
            made = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=slots)(cls)
            for name in methods:
                setattr(made, name, _first_call(made, name, methods, options))
            if eq and not frozen and not has_hash:
                made.__hash__ = None
            if frozen:
                _freeze(made, slots=slots)
            return made

        return decorate


def _first_call(cls: type, name: str, methods: Iterable[str], options: Mapping[str, Any]) -> Callable[..., Any]:
    """Stands for a method until it is called: then it is made, and comparison and hash together."""
    together = [each for each in methods if each in _COMPARING] if name in _COMPARING else [name]

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        twin = _twin(cls, together, options)
        for each in together:
            method = vars(twin)[each]
            method.__qualname__ = f"{cls.__qualname__}.{each}"
            setattr(cls, each, method)
        return vars(cls)[name](self, *args, **kwargs)

    call.__name__ = name
    call.__qualname__ = f"{cls.__qualname__}.{name}"
    return call


_COMPARING = ("__eq__", "__hash__")


def _twin(cls: Any, methods: Iterable[str], options: Mapping[str, Any]) -> type:
    """A class of the same fields with the methods that the standard library writes."""
    fields = [(each.name, object, _again(each)) for each in dataclasses.fields(cls)]
    namespace: dict[str, Any] = {"__doc__": cls.__doc__ or cls.__name__}  # else one is made of the signature
    if hasattr(cls, "__post_init__"):
        namespace["__post_init__"] = cls.__post_init__
    return dataclasses.make_dataclass(
        cls.__name__,
        fields,
        namespace=namespace,
        init="__init__" in methods,
        repr="__repr__" in methods,
        eq="__eq__" in methods or "__hash__" in methods,
        frozen=options.get("frozen", False) and methods != ["__repr__"],
        match_args=False,
    )


def _again(given: dataclasses.Field[Any]) -> Any:
    """A field like another one."""
    spec: dict[str, Any] = {key: getattr(given, key) for key in ("init", "repr", "hash", "compare", "kw_only")}
    for key in ("default", "default_factory"):
        if getattr(given, key) is not dataclasses.MISSING:
            spec[key] = getattr(given, key)
    return dataclasses.field(**spec)


def _freeze(cls: Any, *, slots: bool) -> None:
    """Refuses changes as the standard library does; objects with slots can be copied and sent all the same."""
    names = tuple(each.name for each in dataclasses.fields(cls))

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
