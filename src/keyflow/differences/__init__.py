"""What differs between two builds, as data: definitions, policies and documents of APIs.

Nothing here reads a file. Texts are as the documents have them: whoever prints them escapes control characters.
"""

from keyflow.asl.fields import ABSENT
from keyflow.differences.apis import api_differences
from keyflow.differences.builds import BuildDifferences, Difference, Documents, build_differences
from keyflow.differences.definitions import definition_differences
from keyflow.differences.edit import Edit, Kind, Thing, as_json
from keyflow.differences.members import same, value_differences
from keyflow.differences.policies import policy_differences
from keyflow.differences.text import lines

__all__ = [
    "ABSENT",
    "BuildDifferences",
    "Difference",
    "Documents",
    "Edit",
    "Kind",
    "Thing",
    "api_differences",
    "as_json",
    "build_differences",
    "definition_differences",
    "lines",
    "policy_differences",
    "same",
    "value_differences",
]
