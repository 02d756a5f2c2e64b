"""The studio: pages that show the routes, the workflows and the last runs. Rendered here; no script runs in them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from keyflow import asl, render
from keyflow.libraries import library
from keyflow.render.lettering import visible
from keyflow.serve.live import Live
from keyflow.serve.runs import Run
from keyflow.serve.visits import fates, visits

if TYPE_CHECKING:
    from jinja2 import Environment

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_TEMPLATES = Path(__file__).parent / "templates"
_MOST = 20_000
"""Characters of a value that a page shows."""


def pages(live: Live) -> Sequence[Route]:
    """The studio's pages."""

    def page(name: str, content: Callable[[Request], Mapping[str, Any] | None]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            values = content(request)
            if values is None:
                return _page("missing.html", {"site": live.site, "studio": _root(request)}, 404)
            return _page(name, {"site": live.site, "studio": _root(request), **values})

        return answer

    def index(_request: Request) -> Mapping[str, Any]:
        return {
            "problems": live.problems,
            "workflows": {flow.name for flow in live.site.workflows},
            "runs": live.runs.all()[:_LAST],
            "waiting": live.waiting(),
            "now": time.time(),
        }

    def workflow(request: Request) -> Mapping[str, Any] | None:
        name = request.path_params["name"]
        chosen = next((flow for flow in live.site.workflows if flow.name == name), None)
        if chosen is None:
            return None
        whole = request.query_params.get("compensation") != "no"
        picture = render.svg(render.graph(chosen.document, compensation=whole), styled=False)
        runs = [run for run in live.runs.all() if run.workflow == name][:_LAST]
        return {"workflow": chosen, "picture": picture, "whole": whole, "runs": runs, "now": time.time()}

    def run(request: Request) -> Mapping[str, Any] | None:
        chosen = live.runs.find(request.path_params["id"])
        return None if chosen is None else {"run": chosen, **_execution(live, chosen)}

    return [
        Route("/", page("index.html", index)),
        Route("/workflows/{name}", page("workflow.html", workflow)),
        Route("/runs/{id}.json", lambda request: _run_document(live, request)),
        Route("/runs/{id}", page("run.html", run)),
        Route("/studio.css", _stylesheet),
        Route("/icon.svg", _icon),
    ]


_LAST = 50
"""Runs that a page lists."""


def _execution(live: Live, run: Run) -> Mapping[str, Any]:
    """The states of a run's execution, and the picture that shows what became of each."""
    machine = None if run.workflow is None else live.machine(run.workflow)
    if run.execution is None or machine is None:
        return {"visits": (), "picture": None}
    found = visits(run.execution, machine)
    graph = render.graph(asl.dump(machine))
    ends = fates(found)
    marks = {node.path: ends[node.name].value for node in graph.nodes if node.name in ends}
    return {"visits": found, "picture": render.svg(graph, styled=False, marks=marks)}


def _run_document(live: Live, request: Request) -> Response:
    """A run for programs: what was answered, and what became of each state."""
    run = live.runs.find(request.path_params["id"])
    if run is None:
        return JSONResponse({"message": "there is no such run"}, 404, _HEADERS)
    found = _execution(live, run)["visits"]
    document = {
        "id": run.id,
        "label": run.label,
        "workflow": run.workflow,
        "status": run.status,
        "answered": run.answered,
        "execution": None if run.execution is None else run.execution.status,
        "states": [
            {
                "name": each.name,
                "kind": each.kind,
                "fate": each.fate,
                "errors": [error for error, _cause in each.errors],
            }
            for each in found
        ],
    }
    return JSONResponse(document, headers=_HEADERS)


def _stylesheet(_request: Request) -> Response:
    text = (_TEMPLATES / "studio.css").read_text() + render.STYLESHEET
    return Response(text, media_type="text/css", headers=_HEADERS)


def _icon(_request: Request) -> Response:
    return Response((_TEMPLATES / "icon.svg").read_text(), media_type="image/svg+xml", headers=_HEADERS)


def _page(name: str, values: Mapping[str, Any], status: int = 200) -> Response:
    return HTMLResponse(_environment().get_template(name).render(values), status, _HEADERS)


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


@cache
def _environment() -> Environment:
    """The templates: whatever stands in them is text, unless a template says that it is markup."""
    jinja2 = library("jinja2")
    environment: Environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
    )
    environment.filters |= {"json": _json, "ago": _ago, "milliseconds": _milliseconds}
    return environment


def _shown(value: Any) -> Any:
    """A value as a page has it: control characters are made visible, but for the ends of lines."""
    return "\n".join(map(visible, value.split("\n"))) if type(value) is str else value


def _json(value: Any) -> str:
    """A value as JSON for people; a long one is cut."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text if len(text) <= _MOST else f"{text[:_MOST]}\n... {len(text) - _MOST:,} characters more"


def _ago(moment: float, now: float) -> str:
    seconds = max(0, round(now - moment))
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"


def _milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"
