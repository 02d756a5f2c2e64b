"""How values, conditions and results are written in each of the two query languages."""

from __future__ import annotations

from importlib import import_module

from keyflow.compiler.dialects.dialect import Dialect

_DIALECTS = {"JSONPath": ("jsonpath", "JsonPathDialect"), "JSONata": ("jsonata", "JsonataDialect")}
"""The module and the class of each dialect, by the name of the query language."""

__all__ = ["Dialect", "dialect_of"]


def dialect_of(query_language: str) -> type[Dialect]:
    """The dialect of a query language; the other one is not imported."""
    module, name = _DIALECTS[query_language]
    dialect: type[Dialect] = getattr(import_module(f"{__name__}.{module}"), name)
    return dialect
