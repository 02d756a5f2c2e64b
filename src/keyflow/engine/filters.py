"""`python-jsonpath`, which selects many, with regular expressions that end."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from keyflow.engine.patterns import NoRegex, regex
from keyflow.libraries import library


@lru_cache(maxsize=1)
def environment() -> Any:
    """The library's environment, whose filters (`=~`, `match`, `search`) evaluate their expressions with RE2."""
    jsonpath = library("jsonpath")
    parse = library("jsonpath.parse")
    filters = library("jsonpath.filter")
    functions = library("jsonpath.function_extensions")

    class Parser(parse.Parser):  # type: ignore[misc, name-defined]
        """Reads `/.../` as an expression of RE2."""

        def parse_regex(self, stream: Any) -> Any:
            pattern, flags = stream.current().value, ""
            if stream.peek().kind == parse.TOKEN_RE_FLAGS:
                stream.next()
                flags = stream.next().value
            found = regex(pattern, ignore_case="i" in flags, multiline="m" in flags, dotall="s" in flags)
            return filters.RegexLiteral(value=found)

    class Environment(jsonpath.JSONPathEnvironment):  # type: ignore[misc, name-defined]
        """The library's own but for the expressions."""

        parser_class = Parser

        def setup_function_extensions(self) -> None:
            super().setup_function_extensions()
            self.function_extensions["match"] = _function(functions.Match)
            self.function_extensions["search"] = _function(functions.Search)

    return Environment()


def _function(kind: Any) -> Any:
    class Bounded(kind):  # type: ignore[misc]
        """A function of the library whose expressions are RE2's; what is none matches nothing."""

        def check_cache(self, pattern: str) -> Any:
            try:
                return regex(pattern)
            except NoRegex:
                return None

    return Bounded()
