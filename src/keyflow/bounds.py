"""How much keyflow reads of what others wrote, and how far it follows it: each bound, with its number.

A file can be small and its meaning endless. What is over a bound ends with a diagnostic that names the number; the
numbers are far from what people write, and from what AWS takes.
"""

from __future__ import annotations

from typing import Any

FILE_BYTES = 6_000_000
"""A file's size: that of the largest that API Gateway imports; definitions and templates have 1 MB at the most.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html
"""
DEPTH = 100
"""Objects and arrays within one another, in a document and in what an execution makes: 24 nested Parallel states."""
VALUES = 200_000
"""Values in a document, aliases of YAML and merged keys followed. A definition of 1 MB has about 40,000."""
NUMBER_CHARACTERS = 400
"""A number's digits: the largest that is a fraction has 309."""
IMPORTED_STATES, IMPORTED_VALUES = 2_000, 40_000
"""States, and conditions of Choices, in a definition that becomes Python; and all values in it."""
DRAWN_STATES, DRAWN_EDGES = 5_000, 10_000
"""States of a definition that is drawn, and ways between them: a picture of 300 states is a wall already."""
DRAWN_PLACES = 50_000
"""Places in the rows of a picture, those included at which lines pass by: of 300 states there are some 2,000."""
NESTED_BLOCKS = 16
"""`with` blocks within one another in the Python that keyflow writes: Python itself has 20."""
EXPRESSION_CHARACTERS = 8_000
"""An expression of JSONata, or a path that selects many: their readers take time that grows with its square."""
JSONATA_CHARACTERS = 200_000
"""All expressions of JSONata in a definition that `check` looks into."""
TESTED_VALUES = 1_000
"""Values that the conditions of a definition tell apart, which `verify` tries."""
FINDINGS_SHOWN = 100
"""Findings of one code in one file that are printed for people; the others are counted."""


def excess(document: Any, most: int = VALUES) -> str | None:
    """Why a document of JSON is over the bounds of depth and number; None where it is within.

    Goes from level to level, so that no depth is too much for it.
    """
    depth, values = 0, 1
    level = [document] if isinstance(document, dict | list) else []
    while level:
        depth += 1
        if depth > DEPTH:
            return too_deep()
        values += sum(map(len, level))
        if values > most:
            return too_many()
        members = (each for outer in level for each in (outer.values() if type(outer) is dict else outer))
        level = [each for each in members if type(each) is dict or type(each) is list]
    return None


def is_too_deep(document: Any, most: int = DEPTH) -> bool:
    """Whether objects and arrays are nested deeper than so many."""
    depth = 0
    level = [document] if isinstance(document, dict | list) else []
    while level and depth <= most:
        depth += 1
        members = (each for outer in level for each in (outer.values() if type(outer) is dict else outer))
        level = [each for each in members if type(each) is dict or type(each) is list]
    return depth > most


def too_deep() -> str:
    """What is said of a document that is nested too deep."""
    return f"it is nested more than {DEPTH} deep, which keyflow does not read"


def too_many() -> str:
    """What is said of a document with too many values."""
    return f"it has more than {VALUES:,} values, which keyflow does not read"
