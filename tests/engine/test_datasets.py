"""What a distributed Map reads itself: files of each kind, and the objects of a bucket."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import boto3
import pytest

from keyflow import asl
from keyflow.engine import Stubs, Success, run
from keyflow.engine.datasets import items_read
from keyflow.engine.errors import StatesError
from keyflow.engine.local import local_services
from keyflow.verify.samples import Samples

ROWS = [{"id": "1", "text": 'a, "b"'}, {"id": "2", "text": "ü\nx"}]


@pytest.mark.parametrize(
    ("text", "config", "items"),
    [
        ('id,text\r\n1,"a, ""b"""\r\n2,"ü\nx"\r\n', {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, ROWS),
        (
            '1;"a, ""b"""\n2;"ü\nx"\n',
            {
                "InputType": "CSV",
                "CSVHeaderLocation": "GIVEN",
                "CSVHeaders": ["id", "text"],
                "CSVDelimiter": "SEMICOLON",
            },
            ROWS,
        ),
        ("id,text\n3\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, [{"id": "3", "text": ""}]),
        ("", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, []),
        ('{"id": 1}\n\n{"id": 2}\n', {"InputType": "JSONL"}, [{"id": 1}, {"id": 2}]),
        ("id\n1,2\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, [{"id": "1"}]),
        ("\ufeffid\n1\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, [{"id": "1"}]),
        ('{"a/b": [{"c": [4]}]}', {"InputType": "JSON", "ItemsPointer": "/a~1b/0/c"}, [4]),
    ],
)
def test_a_file_is_its_items(text: str, config: dict[str, Any], items: list[Any]) -> None:
    assert items_read({"Body": text, "ContentLength": 1}, config) == items


@pytest.mark.parametrize(
    ("text", "config", "message"),
    [
        ("{", {"InputType": "JSON"}, "the file is no JSON"),
        ("{}", {"InputType": "JSON"}, "Attempting to map over non-iterable node."),
        ("{}", {"InputType": "JSON", "ItemsPointer": "/a"}, "the file is no JSON: 'a'"),
        ("x", {"InputType": "JSONL"}, "the file is no JSONL"),
        ("a,b,a\n1,2,3\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "cannot contain duplicates"),
        ("x", {"InputType": "PARQUET"}, "PARQUET are not read here"),
        (f"{'h' * 10_240}\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "more than 10,240 bytes"),
        (f"id\n{'x' * 131_073}\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "the file is no CSV: field"),
    ],
)
def test_a_file_that_cannot_be_read(text: str, config: dict[str, Any], message: str) -> None:
    with pytest.raises(StatesError, match=r"States\.ItemReaderFailed") as raised:
        items_read({"Body": text}, config)
    assert message in str(raised.value.cause)


def test_a_listing_is_its_objects_and_an_array_the_items_already() -> None:
    objects = [{"Key": "a"}, {"Key": "b"}]
    assert items_read({"Contents": objects, "KeyCount": 2}, {}, most=1) == objects[:1]
    assert items_read({"KeyCount": 0}, {}) == []
    assert items_read([1], {}) == [1]


READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
    "Parameters": {"Bucket": "files", "Key.$": "$.key"},
}
PROCESSOR = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
    "StartAt": "Row",
    "States": {"Row": {"Type": "Pass", "OutputPath": "$.id", "End": True}},
}
WRITER = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "files", "Prefix": "out"}}
ROWS_OF_A_FILE = {"Type": "Map", "ItemReader": READER, "ItemProcessor": PROCESSOR, "End": True}


def machine(**fields: Any) -> asl.StateMachine:
    return asl.parse({"StartAt": "Rows", "States": {"Rows": {**ROWS_OF_A_FILE, **fields}}})


def test_a_file_in_services_of_this_process_is_read_and_results_are_written() -> None:
    with local_services(machine(ResultWriter=WRITER)) as runner:
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.put_object(Bucket="files", Key="k", Body=b"id\n7\n8\n")
        assert run(machine(), {"key": "k"}, runner).output == ["7", "8"]
        found = run(machine(ResultWriter=WRITER), {"key": "k"}, runner)
        folder = found.output["ResultWriterDetails"]["Key"].removesuffix("manifest.json")
        written = json.loads(s3.get_object(Bucket="files", Key=f"{folder}SUCCEEDED_0.json")["Body"].read())
        assert [(each["Status"], each["Input"], each["Output"]) for each in written] == [
            ("SUCCEEDED", '{"id":"7"}', '"7"'),
            ("SUCCEEDED", '{"id":"8"}', '"8"'),
        ]
        manifest = json.loads(s3.get_object(Bucket="files", Key=f"{folder}manifest.json")["Body"].read())
        assert [each["Key"] for each in manifest["ResultFiles"]["SUCCEEDED"]] == [f"{folder}SUCCEEDED_0.json"]


def test_a_file_of_which_only_samples_are_known_has_no_rows() -> None:
    assert run(machine(ResultWriter=WRITER), {"key": "k"}, Samples()).status == "SUCCEEDED"
    assert run(machine(), {"key": "k"}, Samples()).output == []


def test_a_file_that_is_no_such_file_fails_the_map() -> None:
    reader = {**READER, "ReaderConfig": {"InputType": "JSON"}}
    found = run(machine(ItemReader=reader), {"key": "k"}, Stubs({"Rows": Success({"Body": "no"})}))
    assert (found.status, found.error) == ("FAILED", "States.ItemReaderFailed")


# What a reader is given besides its file.


def read(config: dict[str, Any], data: Any = None, body: str = "[1, 2, 3]") -> Any:
    """The run of a Map whose reader has a configuration, and whose file a text."""
    reader = {**READER, "ReaderConfig": {"InputType": "JSON", **config}, "Parameters": {"Bucket": "b", "Key": "k"}}
    processor = {**PROCESSOR, "States": {"Row": {"Type": "Pass", "End": True}}}
    return run(machine(ItemReader=reader, ItemProcessor=processor), data, Stubs({"Rows": Success({"Body": body})}))


@pytest.mark.parametrize(
    ("most", "items"),
    [(0, [1, 2, 3]), (2, [1, 2]), ("2", [1, 2]), (9, [1, 2, 3])],
)
def test_the_most_items(most: Any, items: list[int]) -> None:
    assert read({"MaxItemsPath": "$.n"}, {"n": most}).output == items


@pytest.mark.parametrize("most", [-1, 1.5, "x", None, {}, [1], True])
def test_a_number_of_items_that_is_none_fails_the_reader(most: Any) -> None:
    found = read({"MaxItemsPath": "$.n"}, {"n": most})
    assert (found.error, found.history[4].type) == ("States.ItemReaderFailed", "MapRunFailed")
    expected = "field MaxItems must be positive" if most == -1 else "is not a valid integer: $.n"
    assert expected in found.cause


def test_the_map_starts_before_its_items_are_known() -> None:
    """`MapStateStarted` has no length then: the map run reads the items."""
    started = next(event for event in read({}).history if event.type == "MapStateStarted")
    assert started.details == {"length": 0}


# Manifests, and files that a listing names.

INVENTORY = {
    "destinationBucket": "arn:aws:s3:::lists",
    "fileFormat": "CSV",
    "fileSchema": "Bucket, Key, Size",
    "files": [{"key": "data/1.csv.gz", "size": 1}],
}


def test_an_inventory_is_the_objects_that_its_files_list() -> None:
    body = base64.b64encode(gzip.compress(b'"b","a%2Fb+c.txt","7"\n')).decode()
    asked: list[tuple[str, str]] = []

    def fetch(bucket: str, key: str) -> Any:
        asked.append((bucket, key))
        return {"Body": body}

    found = items_read({"Body": json.dumps(INVENTORY)}, {"InputType": "MANIFEST"}, None, fetch)
    assert found == [{"Bucket": "b", "Key": "a/b c.txt", "Size": "7"}]
    assert asked == [("lists", "data/1.csv.gz")]


def test_a_manifest_of_athena_is_the_rows_of_its_files() -> None:
    files = {("b", "1"): '{"a": 1}\n', ("b", "x/2"): '{"a": 2}\n'}
    config = {"InputType": "JSONL", "ManifestType": "ATHENA_DATA"}
    manifest = {"Body": "s3://b/1\ns3://b/x/2\n"}
    assert items_read(manifest, config, None, lambda *place: {"Body": files[place]}) == [{"a": 1}, {"a": 2}]
    with pytest.raises(StatesError, match="no place of S3"):
        items_read({"Body": "file"}, config, None, lambda *_place: None)


def test_a_listing_may_stand_for_what_is_in_its_files() -> None:
    with local_services(machine()) as runner:
        s3 = boto3.client("s3", region_name="us-east-1")
        for number in range(3):
            s3.put_object(Bucket="files", Key=f"in/{number}", Body=b"[%d]" % number)
        listing = {
            "Resource": "arn:aws:states:::s3:listObjectsV2",
            "ReaderConfig": {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN"},
            "Parameters": {"Bucket": "files", "Prefix": "in/", "MaxKeys": 2},
        }
        processor = {**PROCESSOR, "States": {"Row": {"Type": "Pass", "End": True}}}
        assert run(machine(ItemReader=listing, ItemProcessor=processor), {}, runner).output == [0, 1, 2]
        objects = run(machine(ItemReader={**listing, "ReaderConfig": {}}, ItemProcessor=processor), {}, runner).output
        assert [each["Key"] for each in objects] == ["in/0", "in/1", "in/2"]
        assert {"Etag", "LastModified", "Size"} <= objects[0].keys()
        assert isinstance(objects[0]["LastModified"], float)
