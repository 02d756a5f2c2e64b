"""The functions of JSONata 2.0.6, by their names: a module for each subject.

Their signatures hand them their arguments, `NOTHING` for those that are left out. `$eval` is none of Step Functions.
Source: https://docs.jsonata.org/string-functions, and the pages after it
"""

from __future__ import annotations

from keyflow.jsonata_language.calls import Native
from keyflow.jsonata_language.library import arrays, encodings, higher_order, logic, matching, numbers, objects, strings
from keyflow.jsonata_language.pictures import formats

LIBRARY: dict[str, Native] = {
    **numbers.FUNCTIONS,
    **strings.FUNCTIONS,
    **encodings.FUNCTIONS,
    **matching.FUNCTIONS,
    **logic.FUNCTIONS,
    **arrays.FUNCTIONS,
    **objects.FUNCTIONS,
    **higher_order.FUNCTIONS,
    **formats.FUNCTIONS,
}
"""The functions that do the same in every execution."""
