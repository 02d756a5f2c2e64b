"""The items that a distributed Map reads itself, from what S3 answers: the rows of a file, the objects of a bucket.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.engine.errors import ITEM_READER, StatesError

OF_MAPS = re.compile(r"arn:aws[a-z-]*:states:::s3:(?=(getObject|listObjectsV2|putObject)$)")
"""How readers and writers of distributed Maps name S3's operations; no task can."""
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def items_read(answer: JSON, config: Mapping[str, Any]) -> JSON:
    """The items in the answer of a Map's ItemReader. An array, as a stub gives one, is the items already.

    Args:
        answer: What GetObject or ListObjectsV2 answers, spelt as Step Functions spells it.
        config: The ReaderConfig.

    Raises:
        StatesError: the file is not what the configuration says, or of a kind that this engine does not read.
    """
    match answer:
        case {"Body": str(text)}:
            try:
                items = _rows(text, config)
            except (ValueError, KeyError, TypeError) as error:
                raise StatesError(ITEM_READER, f"the file is no {config.get('InputType')}: {error}") from error
        case {"Contents": list(items)}:
            pass
        case {"KeyCount": 0}:
            items = []
        case _:
            return answer
    most = config.get("MaxItems")
    return items[:most] if isinstance(most, int) and most else items


def _rows(text: str, config: Mapping[str, Any]) -> list[JSON]:
    match config.get("InputType"):
        case "CSV":
            return list(_csv(text, config))
        case "JSONL":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        case "JSON" | None:
            return _array(json.loads(text), config.get("ItemsPointer", ""))
        case kind:
            raise StatesError(ITEM_READER, f"files of the kind {kind} are not read here: a stub can give their items")


def _csv(text: str, config: Mapping[str, Any]) -> csv.DictReader[str]:
    given = config["CSVHeaders"] if config.get("CSVHeaderLocation") == "GIVEN" else None
    delimiter = _DELIMITERS[config.get("CSVDelimiter", "COMMA")]
    return csv.DictReader(text.splitlines(keepends=True), fieldnames=given, delimiter=delimiter, restval="")


def _array(document: JSON, pointer: str) -> list[JSON]:
    """What lies at a JSON pointer (RFC 6901); raises `TypeError` where that is no array."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        document = document[int(name) if isinstance(document, list) else name]
    if not isinstance(document, list):
        raise TypeError("its items are no array")
    return document
