"""What AWS answered: executions, choices and single states, as files beside the repository hold them.

They are test data of LocalStack (tests/aws/services/stepfunctions, Apache-2.0), recorded from AWS with account numbers,
ARNs and times replaced by placeholders.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

MISSING = "the recordings of AWS's answers are not on this machine (shared/recordings, beside the repository)"
_PLACEHOLDER = re.compile(
    r"<[^<>\s]+>|111111111111|\blambda_(?:\d_)?function_(?:\d_)?name\b"
    r"|^(?:timestamp|date|start-time|start-date|entered-time|map_run_arn|snf_role_arn|generated-uuid|RandomNumberGenerated)$"
)


def recordings(name: str) -> list[Mapping[str, Any]]:
    """The recordings of a file, none where the data is absent."""
    folder = _folder()
    return [] if folder is None else [json.loads(line) for line in (folder / name).read_text().splitlines()]


@lru_cache(maxsize=1)
def _folder() -> Path | None:
    """The folder of the recordings: `shared/recordings` beside a folder around this file."""
    candidates = (parent / "shared" / "recordings" for parent in Path(__file__).parents)
    return next((folder for folder in candidates if folder.is_dir()), None)


def differences(recorded: Any, ours: Any, place: str = "") -> Iterator[str]:
    """Where a value is not what was recorded. A placeholder stands for any text; texts may have been parsed as JSON."""
    if isinstance(ours, str) and not isinstance(recorded, str):
        ours = _parsed(ours)
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for key in recorded.keys() | ours.keys():
            inner = f"{place}.{key}"
            if key not in ours:
                yield f"{inner}: {_shown(recorded[key])} is missing"
            elif key not in recorded:
                yield f"{inner}: {_shown(ours[key])} was not recorded"
            else:
                yield from differences(recorded[key], ours[key], inner)
    elif isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
        for index, (left, right) in enumerate(zip(recorded, ours, strict=True)):
            yield from differences(left, right, f"{place}[{index}]")
    elif not _fits(recorded, ours):
        yield f"{place}: {_shown(recorded)} was recorded, not {_shown(ours)}"


def _fits(recorded: Any, ours: Any) -> bool:
    if isinstance(recorded, str) and isinstance(ours, str):
        if recorded == ours:
            return True
        parsed = _parsed(recorded), _parsed(ours)
        if parsed != (recorded, ours):
            return not any(differences(*parsed))
        pattern = ".*".join(re.escape(piece) for piece in _PLACEHOLDER.split(recorded))
        return re.fullmatch(pattern, ours, re.DOTALL) is not None
    if isinstance(recorded, str) and _PLACEHOLDER.fullmatch(recorded):
        return True
    return type(recorded) is type(ours) and bool(recorded == ours)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}..."
