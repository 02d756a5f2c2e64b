"""Pictures of what was compiled: in docs/, and in notebooks."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from scripts.pictures import FOREIGN, pictures

from keyflow import Parameter, StateMachine, Workflow
from keyflow.aws import apigateway, dynamodb
from keyflow.compiler import compile_workflow
from keyflow.pictures import graph_of

ROOT = Path(__file__).parents[1]


def test_the_pictures_of_the_docs_are_current() -> None:
    """`python -m scripts.pictures` makes them."""
    made = pictures()
    there = {f"pictures/{file.name}" for file in (ROOT / "docs" / "pictures").iterdir()} | {"pictures.md"}
    assert there == made.keys()
    assert [name for name, content in made.items() if (ROOT / "docs" / name).read_text() != content] == []


def test_there_are_ten_definitions_of_others() -> None:
    assert len(FOREIGN) >= 10


def registration() -> Workflow:
    workflow = Workflow("Register", timeout=25)
    key = workflow.task("Create Key", apigateway.create_api_key(name=workflow.input["name"]))
    key.compensate("Delete Key", apigateway.delete_api_key(apiKey=key["id"]))
    save = workflow.task("Save", dynamodb.put_item(TableName=Parameter("Table"), Item={"id": {"S": key["id"]}}))
    save.keep("an item without its key opens nothing")
    workflow.succeed()
    return workflow


def test_a_state_knows_what_the_definition_says_that_undoes_it() -> None:
    undone = {node.name: node.undone_by for node in graph_of(compile_workflow(registration())).nodes if node.undone_by}
    assert undone == {"Create Key": ("Delete Key",)}


def test_a_notebook_shows_a_workflow_by_its_picture() -> None:
    picture = registration()._repr_html_()
    root = ElementTree.fromstring(picture)
    assert {"Create Key", "Save", "Delete Key"} <= {each.get("data-state") for each in root.iter()}


def test_a_notebook_shows_a_state_machine_by_its_picture() -> None:
    machine = StateMachine("M")
    machine.succeed("Done")
    assert 'data-state="Done"' in machine._repr_html_()


def test_a_workflow_that_does_not_build_shows_what_is_wrong() -> None:
    workflow = Workflow("Register", timeout=25)
    key = workflow.task("Create <b>", apigateway.create_api_key(name=workflow.input["name"]))
    item = {"id": {"S": key["id"]}}
    save = workflow.task("Save", dynamodb.put_item(TableName="t", Item=item))
    save.compensate("Remove", dynamodb.delete_item(TableName="t", Key=item))
    workflow.succeed()
    shown = workflow._repr_html_()
    assert shown.startswith("<pre>Register does not build\n")
    assert "KF260" in shown
    assert "Create &lt;b&gt;" in shown
    assert "<b>" not in shown
