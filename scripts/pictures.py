"""Makes `docs/pictures/` and `docs/pictures.md`: the worked examples, and definitions that others could have written.

python -m scripts.pictures
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from keyflow.build import build
from keyflow.check import definitions_of
from keyflow.loading import load_definitions
from keyflow.project import find_project
from keyflow.render import Graph, compared, graph, svg

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "pictures.md"
FOLDER = ROOT / "docs" / "pictures"
FOREIGN = [
    *sorted((ROOT / "tests" / "render" / "foreign").iterdir()),
    *sorted((ROOT / "tests" / "handwritten").glob("*.asl.json")),
]
_BEGINNING = """\
# Pictures

`keyflow graph` draws a workflow, and `keyflow build --graphs` draws all of them. Any definition in the States Language
can be drawn, whoever wrote it.

```console
$ keyflow graph PlaceOrder                              # text, on a terminal
$ keyflow graph PlaceOrder -o PlaceOrder.svg
$ keyflow graph template.yaml --resource Orders -o orders.html
$ keyflow graph PlaceOrder --diff main -o changes.svg
```

How to read one:

- The way of an execution without errors runs straight down. A dot is its start, a ring its end.
- What errors lead to stands beside it, in orange: this is the compensation. Red states end in an error.
- A dashed line is an error that is caught, with its names. A line from a choice has its condition.
- `↩` is on a state that something undoes. With `--no-compensation` the sign is all that is left of it.
- A Parallel and a Map are boxes with their branches inside.
- With `--diff`, `+` was added, `\u2212` was removed, and `~` was changed.

In an SVG or a page, the pointer on a state or a line shows its full text. A page (`html`) can fold the compensation. A
notebook shows a `Workflow` or a `StateMachine` by its picture. All pictures here are made by
`python -m scripts.pictures`, and a test holds them current.
"""


def pictures() -> Mapping[str, str]:
    """The content of each file in `docs/`, by its name there."""
    project = find_project(ROOT)
    built = build(project, load_definitions(project), graphs=True)
    own = {
        each.name.removesuffix(".svg"): each.content.decode() for each in built.artefacts if each.name.endswith("svg")
    }
    comments = {each.workflow.name: each.workflow.comment or "" for each in built.workflows}
    foreign = {file.name.split(".")[0]: graph(_document(file)) for file in FOREIGN}
    drawn = {**own, **{name: svg(found) for name, found in foreign.items()}, "set-up-tenant-changed": svg(_changed())}
    return {
        "pictures.md": "\n".join(_page(comments, foreign)) + "\n",
        **{f"pictures/{name}.svg": picture for name, picture in drawn.items()},
    }


def _document(file: Path) -> dict[str, Any]:
    (found,) = definitions_of(file)
    document: dict[str, Any] = found.document
    return document


def _changed() -> Graph:
    """A tenant's set-up that no longer sends a mail, and makes a queue where it made a rule."""
    (file,) = (each for each in FOREIGN if each.name.startswith("set-up-tenant."))
    old = _document(file)
    states = {name: state for name, state in old["States"].items() if name not in ("Welcome", "Create Rule")}
    make = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:createQueue", "End": True}
    undo = [{"ErrorEquals": ["States.ALL"], "Next": "Delete Bucket"}]
    states["Create Bucket"] = {**states["Create Bucket"], "Next": "Create Queue", "TimeoutSeconds": 5}
    return compared(graph({**old, "States": {**states, "Create Queue": {**make, "Catch": undo}}}), graph(old))


def _page(comments: Mapping[str, str], foreign: Mapping[str, Graph]) -> Iterator[str]:
    yield _BEGINNING
    yield "## The worked examples"
    for name, comment in comments.items():
        yield from _section(name, comment)
    yield ""
    yield "## A change"
    yield from _section("set-up-tenant-changed", "The last steps of a definition below are others")
    yield ""
    yield "## Definitions that were written by hand"
    for name, found in foreign.items():
        yield from _section(name, found.comment)


def _section(name: str, comment: str) -> Iterator[str]:
    yield ""
    yield f"### {name}"
    yield ""
    if comment:
        yield f"{comment.rstrip('.')}."
        yield ""
    yield f"![{name}](pictures/{name}.svg)"


def main() -> None:
    """Writes the page and the pictures, and removes those that are no longer made."""
    made = pictures()
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.iterdir():
        if f"pictures/{file.name}" not in made:
            file.unlink()
    for name, content in made.items():
        (ROOT / "docs" / name).write_text(content)


if __name__ == "__main__":
    main()
