"""Makes `src/keyflow/aws/sdk_services.json`: the services' names in ARNs of SDK integrations, with boto3's.

    python -m scripts.service_names WHEEL...

takes older wheels of botocore, for the services that it no longer has and Step Functions' developer guide still lists.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import botocore
from scripts.wheels import models

from keyflow.aws.models import service_model, service_names
from keyflow.aws.naming import java_client, sdk_service

TARGET = Path(__file__).parent.parent / "src" / "keyflow" / "aws" / "sdk_services.json"


def main(wheels: Iterable[str]) -> None:
    """Writes the file, and says what it comes to."""
    current = (service_model(name) for name in service_names())
    services: dict[str, str] = {}
    for model in current:
        if model is not None:
            services.setdefault(sdk_service(model), model.name)  # pinpoint-sms-voice is the same service as sms-voice
    removed: dict[str, str] = {}
    for wheel in wheels:
        for _name, document in models(Path(wheel)):
            client = java_client(document["metadata"].get("serviceId", ""))
            if client and client.lower() not in services:
                removed[client.lower()] = client
    content = {
        "botocore": botocore.__version__,
        "services": dict(sorted(services.items())),
        "removed": dict(sorted(removed.items())),
    }
    TARGET.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{len(services)} services, and {len(removed)} that botocore had")


if __name__ == "__main__":
    main(sys.argv[1:])
