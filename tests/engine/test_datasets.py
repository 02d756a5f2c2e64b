"""What a distributed Map reads itself: files of each kind, and the objects of a bucket."""

from __future__ import annotations

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
        ("[1, 2, 3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
        ('{"a/b": [{"c": [4]}]}', {"InputType": "JSON", "ItemsPointer": "/a~1b/0/c"}, [4]),
    ],
)
def test_a_file_is_its_items(text: str, config: dict[str, Any], items: list[Any]) -> None:
    assert items_read({"Body": text, "ContentLength": 1}, config) == items


@pytest.mark.parametrize(
    ("text", "config", "message"),
    [
        ("{", {"InputType": "JSON"}, "the file is no JSON"),
        ("{}", {"InputType": "JSON"}, "its items are no array"),
        ("{}", {"InputType": "JSON", "ItemsPointer": "/a"}, "the file is no JSON: 'a'"),
        ("x", {"InputType": "JSONL"}, "the file is no JSONL"),
        ("x", {"InputType": "PARQUET"}, "PARQUET are not read here"),
    ],
)
def test_a_file_that_cannot_be_read(text: str, config: dict[str, Any], message: str) -> None:
    with pytest.raises(StatesError, match=r"States\.ItemReaderFailed") as raised:
        items_read({"Body": text}, config)
    assert message in str(raised.value.cause)


def test_a_listing_is_its_objects_and_an_array_the_items_already() -> None:
    objects = [{"Key": "a"}, {"Key": "b"}]
    assert items_read({"Contents": objects, "KeyCount": 2}, {"MaxItems": 1}) == objects[:1]
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
        assert s3.get_object(Bucket="files", Key=f"{folder}SUCCEEDED_0.json")["Body"].read() == b'["7", "8"]'


def test_a_file_of_which_only_samples_are_known_has_no_rows() -> None:
    assert run(machine(ResultWriter=WRITER), {"key": "k"}, Samples()).status == "SUCCEEDED"
    assert run(machine(), {"key": "k"}, Samples()).output == []


def test_a_file_that_is_no_such_file_fails_the_map() -> None:
    reader = {**READER, "ReaderConfig": {"InputType": "JSON"}}
    found = run(machine(ItemReader=reader), {"key": "k"}, Stubs({"Rows": Success({"Body": "no"})}))
    assert (found.status, found.error) == ("FAILED", "States.ItemReaderFailed")
