"""Service models inside of botocore's wheels."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def models(wheel: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """boto3's name and the newest model of each service that a wheel of botocore holds."""
    with zipfile.ZipFile(wheel) as archive:
        newest: dict[str, str] = {}
        for name in sorted(archive.namelist()):
            match = re.fullmatch(r"botocore/data/([^/]+)/[^/]+/service-2\.json(?:\.gz)?", name)
            if match is not None:
                newest[match[1]] = name
        for service, name in newest.items():
            content = archive.read(name)
            yield service, json.loads(gzip.decompress(content) if name.endswith(".gz") else content)
