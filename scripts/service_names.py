"""Makes `src/keyflow/aws/sdk_services.json`: the services' names in ARNs of SDK integrations, with boto3's.

    python -m scripts.service_names WHEEL...

takes older wheels of botocore, for the services that it no longer has and Step Functions' developer guide still lists.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import botocore

from keyflow.aws.models import service_model, service_names
from keyflow.aws.naming import java_client, sdk_service

TARGET = Path(__file__).parent.parent / "src" / "keyflow" / "aws" / "sdk_services.json"


def main(wheels: Iterable[str]) -> None:
    """Writes the file, and says what it comes to."""
    models = (service_model(name) for name in service_names())
    services: dict[str, str] = {}
    for model in models:
        if model is not None:
            services.setdefault(sdk_service(model), model.name)  # pinpoint-sms-voice is the same service as sms-voice
    removed: dict[str, str] = {}
    for wheel in wheels:
        for service_id in _service_ids(Path(wheel)):
            client = java_client(service_id)
            if client.lower() not in services:
                removed[client.lower()] = client
    content = {
        "botocore": botocore.__version__,
        "services": dict(sorted(services.items())),
        "removed": dict(sorted(removed.items())),
    }
    TARGET.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{len(services)} services, and {len(removed)} that botocore had")


def _service_ids(wheel: Path) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        newest: dict[str, str] = {}
        for name in sorted(archive.namelist()):
            match = re.fullmatch(r"botocore/data/([^/]+)/[^/]+/service-2\.json(?:\.gz)?", name)
            if match is not None:
                newest[match[1]] = name
        for name in newest.values():
            content = archive.read(name)
            metadata = json.loads(gzip.decompress(content) if name.endswith(".gz") else content)["metadata"]
            if "serviceId" in metadata:
                yield metadata["serviceId"]


if __name__ == "__main__":
    main(sys.argv[1:])
