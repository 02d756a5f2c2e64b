"""How values, conditions and results are written in each of the two query languages."""

from __future__ import annotations

from collections.abc import Mapping

from keyflow.compiler.dialects.dialect import Dialect
from keyflow.compiler.dialects.jsonata import JsonataDialect
from keyflow.compiler.dialects.jsonpath import JsonPathDialect

DIALECTS: Mapping[str, type[Dialect]] = {each.query_language.value: each for each in (JsonPathDialect, JsonataDialect)}
"""The dialects, by the name of the query language."""

__all__ = ["DIALECTS", "Dialect", "JsonPathDialect", "JsonataDialect"]
