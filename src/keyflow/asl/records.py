"""Dataclasses with `Field` metadata to JSON objects and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from keyflow.asl.fields import ABSENT, END, JSON, Codec, Field, Malformed, Path, asl, field_of
from keyflow.asl.quotas import STATE_NAME_CHARACTERS
from keyflow.dataclass import fields

R = TypeVar("R")


@contextmanager
def at(key: object) -> Iterator[None]:
    """Adds `key` to the path of whatever is malformed inside."""
    try:
        yield
    except Malformed as error:
        error.path.insert(0, str(key))
        raise


_TABLES: dict[type[Any], Mapping[str, Field]] = {}


def fields_of(cls: type[Any]) -> Mapping[str, Field]:
    """The language's fields that a dataclass holds, by attribute name, in the order they are written."""
    if cls not in _TABLES:
        found = {attribute.name: field_of(attribute) for attribute in fields(cls)}
        _TABLES[cls] = {name: field for name, field in found.items() if field is not None}
    return _TABLES[cls]


def load_record(cls: type[R], document: JSON) -> R:
    """An instance of `cls` from a JSON object; what the class has no field for goes to `extra`."""
    if not isinstance(document, dict):
        raise Malformed("must be an object")
    rest = dict(document)
    values: dict[str, Any] = {}
    for name, field in fields_of(cls).items():
        if field.codec is TRANSITION:
            _load_transition(name, rest, values)
        elif rest.get(field.key) is not None or (field.key in rest and field.default is ABSENT):
            with at(field.key):
                values[name] = field.codec.load(rest.pop(field.key))
        elif field.path_key is not None and isinstance(rest.get(field.path_key), str):
            values[name] = Path(rest.pop(field.path_key))
        elif field.required:
            raise Malformed(f"{field.key} is {'null' if field.key in rest else 'missing'}")
    values["extra"] = rest
    return cls(**values)


def load_list(load: Callable[[JSON], R], document: JSON) -> tuple[R, ...]:
    """What an array holds, each entry loaded."""
    if not isinstance(document, list):
        raise Malformed("must be an array")
    loaded = []
    for index, entry in enumerate(document):
        with at(index):
            loaded.append(load(entry))
    return tuple(loaded)


def _load_transition(name: str, rest: dict[str, JSON], values: dict[str, Any]) -> None:
    if isinstance(rest.get("Next"), str):
        values[name] = rest.pop("Next")
    elif rest.get("End") is True:
        del rest["End"]
        values[name] = END
    else:
        raise Malformed("needs Next, or End: true")


def dump_record(instance: Any, document: dict[str, JSON] | None = None) -> dict[str, JSON]:
    """The JSON object of a dataclass instance, fields in the order of the class, unknown ones last.

    With a `document`, its members come first.
    """
    document = {} if document is None else document
    cls: Any = type(instance)
    for field, value in zip(fields_of(cls).values(), _values_of(cls)(instance), strict=True):
        if value is ABSENT or (value is None and field.default is not ABSENT):  # as nearly all are
            continue
        if value is END:
            document["End"] = True
        elif field.path_key is not None and isinstance(value, Path):
            document[field.path_key] = str(value)
        else:
            document[field.key] = field.codec.dump(value)
    if instance.extra:
        document |= instance.extra
    return document


@cache
def _values_of(cls: Any) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of an instance's fields."""
    names = tuple(fields_of(cls))
    return attrgetter(*names) if len(names) > 1 else lambda instance: tuple(getattr(instance, name) for name in names)


TRANSITION = Codec(lambda _language: {"type": "string", "minLength": 1, "maxLength": STATE_NAME_CHARACTERS})


def transition() -> Any:
    """`Next`, or `End`: the two fields that exclude each other are one attribute, a state's name or `END`."""
    return asl("Next", TRANSITION, default=END)


def record(cls: type[Any] | Callable[[], type[Any]]) -> Codec:
    """The kind of a nested object; a function names a class that is defined further down."""

    def resolved() -> type[Any]:
        return cls if isinstance(cls, type) else cls()

    return Codec(
        lambda language: {"$ref": f"#/$defs/{language.value}.{resolved().__name__}"},
        lambda document: load_record(resolved(), document),
        dump_record,
    )


def list_of(cls: type[Any] | Callable[[], type[Any]]) -> Codec:
    """The kind of an array of nested objects."""
    item = record(cls)

    def load(document: JSON) -> tuple[Any, ...]:
        return load_list(item.load, document)

    return Codec(
        lambda language: {"type": "array", "items": item.schema(language)},
        load,
        lambda entries: [item.dump(entry) for entry in entries],
    )
