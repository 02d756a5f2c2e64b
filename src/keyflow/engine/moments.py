"""Moments in the one form that Step Functions takes: RFC 3339, with a zone.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
"""

from __future__ import annotations

import re
from datetime import datetime

from keyflow.asl import JSON
from keyflow.lazy import lazy_pattern

_MOMENT = lazy_pattern(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def moment_of(value: JSON) -> datetime | None:
    """The moment that a text writes; None where it writes none."""
    if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:  # a month 13, an hour 25
        return None
