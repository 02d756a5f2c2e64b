"""The items that a distributed Map reads itself, from what S3 answers: rows of files, objects of a bucket, manifests.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from keyflow.asl import JSON
from keyflow.engine.errors import ITEM_READER, StatesError
from keyflow.engine.moments import moment_of
from keyflow.lazy import lazy_pattern

OF_MAPS = lazy_pattern(r"arn:aws[a-z-]*:states:::s3:(?=(getObject|listObjectsV2|putObject)$)")
"""How readers and writers of distributed Maps name S3's operations; no task can."""
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_HEADER_BYTES = 10 * 1024
_ATHENA = lazy_pattern(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)")

Fetch = Callable[[str, str], JSON]
"""What GetObject answers for a bucket and a key."""


def items_read(answer: JSON, config: Mapping[str, Any], most: int | None = None, fetch: Fetch | None = None) -> JSON:
    """The items in the answer of a Map's ItemReader. An array, as a stub gives one, is the items already.

    Args:
        answer: What GetObject or ListObjectsV2 answers, spelt as Step Functions spells it.
        config: The ReaderConfig.
        most: The most items that are read; None for all.
        fetch: Reads a file that a manifest or a listing names.

    Raises:
        StatesError: `States.ItemReaderFailed`, the file is not what the configuration says, or of a kind that this
            engine does not read.
    """
    if not isinstance(answer, dict | list):
        raise StatesError(ITEM_READER, "the answer is neither a file nor the objects of a bucket nor an array of items")
    if isinstance(answer, dict) and not answer.keys() & {"Body", "Contents", "KeyCount"}:
        return answer
    try:
        found = iter(answer) if isinstance(answer, list) else _items(answer, config, fetch)
        return list(islice(found, most))
    except StatesError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        kind = config.get("ManifestType") or config.get("InputType") or "JSON"
        raise StatesError(ITEM_READER, f"the file is no {kind}: {error}") from error


def _items(answer: Mapping[str, Any], config: Mapping[str, Any], fetch: Fetch | None) -> Iterator[JSON]:
    match answer:
        case {"Body": str(text)} if "ManifestType" in config or config.get("InputType") == "MANIFEST":
            return _of_manifest(text, config, fetch)
        case {"Body": str(text)}:
            return _rows(text, config)
        case {"Contents": list(objects)} if config.get("Transformation") == "LOAD_AND_FLATTEN":
            names = [(str(answer.get("Name")), each["Key"]) for each in objects]
            return (item for bucket, key in names for item in _rows(_text(bucket, key, fetch), config))
        case {"Contents": list(objects)}:
            return map(_listed, objects)
        case {"KeyCount": 0}:
            return iter(())
        case _:
            raise StatesError(ITEM_READER, "the answer is neither a file nor the objects of a bucket")


def _listed(entry: JSON) -> JSON:
    """An object of a bucket as an item: Step Functions spells the tag its own way, and has the time in seconds."""
    if not isinstance(entry, dict):
        return entry
    item = {("Etag" if name == "ETag" else name): value for name, value in entry.items()}
    moment = moment_of(item.get("LastModified"))
    return item if moment is None else {**item, "LastModified": moment.timestamp()}


# Files.


def _rows(text: str, config: Mapping[str, Any]) -> Iterator[JSON]:
    text = text.removeprefix("\ufeff")
    match config.get("InputType"):
        case "CSV":
            return _csv(text, config)
        case "JSONL":
            return (json.loads(line) for line in text.split("\n") if line.strip())
        case "JSON" | None:
            return iter(_array(json.loads(text), config.get("ItemsPointer", "")))
        case kind:
            raise StatesError(ITEM_READER, f"files of the kind {kind} are not read here: a stub can give their items")


def _csv(text: str, config: Mapping[str, Any]) -> Iterator[JSON]:
    """Rows as objects: a field that a row lacks is an empty text, one more than there are headers is left out."""
    delimiter = _DELIMITERS[config.get("CSVDelimiter", "COMMA")]
    rows = filter(None, _records(text, delimiter))
    given = config["CSVHeaders"] if config.get("CSVHeaderLocation") == "GIVEN" else next(rows, [])
    headers: Sequence[str] = list(given)
    if sum(len(each.encode()) + 1 for each in headers) > _HEADER_BYTES:
        raise ValueError(f"its headers have more than {_HEADER_BYTES:,} bytes")
    if len(set(headers)) < len(headers):
        raise StatesError(ITEM_READER, "CSV headers cannot contain duplicates.")
    for row in rows:
        yield dict(zip(headers, [*row, *[""] * (len(headers) - len(row))], strict=False))


def _records(text: str, delimiter: str = ",") -> Iterator[list[str]]:
    """The lines of a CSV file, each a list of its fields."""
    import csv

    try:
        yield from csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    except csv.Error as error:
        raise ValueError(str(error)) from error


def _array(document: JSON, pointer: str) -> list[JSON]:
    """What lies at a JSON pointer (RFC 6901); raises `StatesError` where that is no array."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        document = document[int(name) if isinstance(document, list) else name]
    if not isinstance(document, list):
        raise StatesError(ITEM_READER, "Attempting to map over non-iterable node.")
    return document


# Manifests.


def _of_manifest(text: str, config: Mapping[str, Any], fetch: Fetch | None) -> Iterator[JSON]:
    if config.get("ManifestType") == "ATHENA_DATA":
        return _of_athena(text, config, fetch)
    return _of_inventory(json.loads(text), fetch)


def _of_athena(text: str, config: Mapping[str, Any], fetch: Fetch | None) -> Iterator[JSON]:
    """The rows of the files that a manifest of Athena lists, a place of S3 a line."""
    for line in filter(None, (each.strip().strip('"') for each in text.splitlines())):
        place = _ATHENA.fullmatch(line)
        if place is None:
            raise ValueError(f"{line!r} is no place of S3")
        yield from _rows(_text(place["bucket"], place["key"], fetch), config)


def _of_inventory(manifest: Any, fetch: Fetch | None) -> Iterator[JSON]:
    """The objects that an inventory lists: CSV in files that are compressed, with the names in the manifest.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
    """
    if manifest["fileFormat"] != "CSV":
        raise StatesError(ITEM_READER, f"inventories of the kind {manifest['fileFormat']} are not read here")
    bucket = str(manifest["destinationBucket"]).rpartition(":")[2]
    headers = [name.strip() for name in manifest["fileSchema"].split(",")]
    for file in manifest["files"]:
        for row in _records(_text(bucket, file["key"], fetch)):
            entry = dict(zip(headers, row, strict=False))
            yield {**entry, "Key": unquote_plus(entry["Key"])} if "Key" in entry else entry


def _text(bucket: str, key: str, fetch: Fetch | None) -> str:
    """A file's text, of one that is compressed, too: its bytes come in base 64."""
    answer = None if fetch is None else fetch(bucket, key)
    body = answer.get("Body") if isinstance(answer, dict) else None
    if not isinstance(body, str):
        raise StatesError(ITEM_READER, f"s3://{bucket}/{key} cannot be read")
    if not key.endswith(".gz"):
        return body
    import base64
    import gzip

    return gzip.decompress(base64.b64decode(body, validate=True)).decode()
