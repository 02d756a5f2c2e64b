"""The project: its configuration, its stages, and the workflows and APIs that its definition files make.

Configuration stands in `keyflow.toml`, or in `[tool.keyflow]` of `pyproject.toml`. A definition file is Python code
and is executed when it is loaded.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from keyflow.dataclass import dataclass
from keyflow.diagnostics import DefinitionError, Diagnostic, KeyflowError, Location, ProjectError, did_you_mean
from keyflow.files import Unreadable, text_of
from keyflow.making import Made, recorded

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from keyflow.dsl.api import Api
    from keyflow.dsl.definition import Definition

_DEFAULT_DEFINITIONS = "definitions/*.py"
_SETTINGS = ("check", "definitions", "graphs", "name", "out", "stages")
_STAGE_SETTINGS = ("parameters", "region", "endpoint_url", "type", "routes", "alias", "alarms", "versions")
_VERSIONS_KEPT = 10
_MOST_VERSIONS = 900
"""AWS keeps 1,000 of a state machine.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the configuration says of a stage.

    `parameters` are values by name; `region` and `endpoint_url` say where it lives. `type` is what its workflows are
    there, whatever their definitions say; with `asynchronous`, all routes answer before their workflows end. With
    `alias`, callers come by an alias to published versions, of which so many `versions` are kept. With `alarms`, each
    workflow has alarms.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    endpoint_url: str | None = None
    type: str | None = None
    asynchronous: bool = False
    alias: bool = True
    alarms: bool = True
    versions: int = _VERSIONS_KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with definitions. `definitions` are glob patterns and `out` a folder, both relative to `root`.

    `check` says of rules by their code or name how their findings count: `error`, `warning` or `off`. `named` tells
    whether the configuration gives the name; else it is the folder's. With `graphs`, a build makes pictures, too.
    """

    root: Path
    name: str
    definitions: tuple[str, ...] = (_DEFAULT_DEFINITIONS,)
    out: str = "build"
    stages: Mapping[str, Stage] = field(default_factory=dict)
    check: Mapping[str, str] = field(default_factory=dict)
    named: bool = True
    graphs: bool = False

    def relative(self, location: Location) -> Location:
        """The location with its file as seen from the project's root, where it lies inside."""
        inside = _inside(self.root, location.file)
        return location if inside is None else Location(inside, location.line)


@lru_cache(maxsize=256)
def _inside(root: Path, file: str) -> str | None:
    """A file as seen from a folder, where it lies inside."""
    path = Path(file)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


@dataclass(frozen=True, slots=True)
class Definitions:
    """The workflows and APIs of a project by name, sorted, the file of each, and the files that were executed."""

    workflows: Mapping[str, Definition]
    apis: Mapping[str, Api]
    files: Mapping[str, str]
    executed: tuple[Path, ...] = ()

    def select(self, names: Sequence[str]) -> Definitions:
        """Those with the given names, all where none is given. An API brings the workflows behind its routes.

        Raises:
            ProjectError: KF113, nothing has the name; KF114, it is that of a definition inside of a function.
        """
        if not names:
            return self
        from keyflow.dsl.definition import Definition

        known = [*self.workflows, *self.apis]
        for name in names:
            if name not in known:
                raise ProjectError(*self._unknown(name))
        apis = {name: api for name, api in self.apis.items() if name in names}
        behind = {
            route.target.name for api in apis.values() for route in api.routes if isinstance(route.target, Definition)
        }
        workflows = {name: flow for name, flow in self.workflows.items() if name in names or name in behind}
        return Definitions(workflows, apis, self.files, self.executed)

    def _unknown(self, name: str) -> Sequence[Diagnostic]:
        """What to say of a name that nothing has: it may be a file's, or that of a definition inside of a function."""
        from keyflow.local_definitions import local_definitions

        local = [each.diagnostic() for file in self.executed for each in local_definitions(file) if each.name == name]
        if local:
            return local
        known = [*self.workflows, *self.apis]
        inside = [each for each, file in self.files.items() if Path(file).name == Path(name).name]
        hint = f"that file has {', '.join(inside)}" if inside else did_you_mean(name, known)
        problem = f"no workflow and no API is named {name!r}"
        return [Diagnostic("KF113", problem, hint=hint or f"there are {', '.join(known)}")]


def find_project(start: Path) -> Project:
    """The project that a folder belongs to: the nearest one above it that is configured, else the folder itself.

    Raises:
        ProjectError: KF110, the configuration cannot be read or says what keyflow does not know.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        settings = _settings(folder)
        if settings is not None:
            return _configured(folder, *settings)
    return Project(root=start, name=start.name, named=False)


def is_configured(folder: Path) -> bool:
    """Whether a folder itself is a project's root.

    Raises:
        ProjectError: KF110, its configuration cannot be read.
    """
    return _settings(folder) is not None


def _settings(folder: Path) -> tuple[Path, Mapping[str, Any]] | None:
    for file, key in ((folder / "keyflow.toml", None), (folder / "pyproject.toml", "keyflow")):
        if not file.is_file():
            continue
        import tomllib

        try:
            document = tomllib.loads(text_of(file))
        except (tomllib.TOMLDecodeError, Unreadable, RecursionError) as error:
            raise _misconfigured(file, f"{file.name} is not TOML: {error}") from error
        if key is None:
            return file, document
        tools = document.get("tool")
        settings = tools.get(key) if isinstance(tools, dict) else None
        if settings is not None:
            if not isinstance(settings, dict):
                raise _misconfigured(file, f"tool.{key} is no table")
            return file, settings
    return None


def _configured(folder: Path, file: Path, settings: Mapping[str, Any]) -> Project:
    _check_keys(settings, _SETTINGS, file, "")
    definitions = _setting(settings, "definitions", (str, list), file) or _DEFAULT_DEFINITIONS
    patterns = (definitions,) if isinstance(definitions, str) else tuple(map(str, definitions))
    stages = {}
    for name, stage in (_setting(settings, "stages", (dict,), file) or {}).items():
        if not isinstance(stage, dict):
            raise _misconfigured(file, f"stages.{name} is no table")
        stages[name] = _stage(name, stage, file)
    name, out = (_setting(settings, key, (str,), file) for key in ("name", "out"))
    return Project(
        root=folder,
        name=name or folder.name,
        definitions=patterns,
        out=out or "build",
        stages=stages,
        check=_checks(settings, file),
        named=name is not None,
        graphs=bool(_setting(settings, "graphs", (bool,), file)),
    )


def _parameter_text(value: Any) -> str:
    """The value of a parameter as `--param` takes it."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _stage(name: str, settings: Mapping[str, Any], file: Path) -> Stage:
    """What the configuration says of one stage."""
    _check_keys(settings, _STAGE_SETTINGS, file, f"stages.{name}.")
    parameters = {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in (_setting(settings, "parameters", (dict,), file) or {}).items()
    }
    region, endpoint, type_, routes = (
        _setting(settings, key, (str,), file) for key in ("region", "endpoint_url", "type", "routes")
    )
    if type_ not in (None, "EXPRESS", "STANDARD"):
        raise _misconfigured(file, f"stages.{name}.type is EXPRESS or STANDARD, not {type_!r}")
    if routes not in (None, "asynchronous", "as defined"):
        raise _misconfigured(file, f'stages.{name}.routes is "asynchronous" or "as defined", not {routes!r}')
    versions = _setting(settings, "versions", (int,), file)
    if versions is not None and (isinstance(versions, bool) or not 2 <= versions <= _MOST_VERSIONS):
        raise _misconfigured(file, f"stages.{name}.versions is 2 to {_MOST_VERSIONS}, not {versions!r}")
    alias, alarms = (_setting(settings, key, (bool,), file) for key in ("alias", "alarms"))
    return Stage(
        parameters=parameters,
        region=region,
        endpoint_url=endpoint,
        type=type_,
        asynchronous=routes == "asynchronous",
        alias=alias is not False,
        alarms=alarms is not False,
        versions=versions or _VERSIONS_KEPT,
    )


def _checks(settings: Mapping[str, Any], file: Path) -> Mapping[str, str]:
    """What the configuration says of rules."""
    found = _setting(settings, "check", (dict,), file) or {}
    for code, word in found.items():
        if not re.fullmatch(r"KF\d{3}|[a-z0-9]+(?:-[a-z0-9]+)+", code):
            raise _misconfigured(file, f"check.{code}: a rule is named by its code or its name, such as KF829")
        if word not in ("error", "warning", "off"):
            raise _misconfigured(file, f"check.{code} is error, warning or off, not {word!r}")
    return found


def _setting(settings: Mapping[str, Any], key: str, types: tuple[type, ...], file: Path) -> Any:
    """A setting, or None where it is not given."""
    value = settings.get(key)
    if value is not None and not isinstance(value, types):
        raise _misconfigured(file, f"{key} cannot be {value!r}")
    return value


def _misconfigured(file: Path, message: str, hint: str | None = None) -> ProjectError:
    return ProjectError(Diagnostic("KF110", message, Location(str(file), 1), hint))


def _check_keys(settings: Mapping[str, Any], known: Sequence[str], file: Path, prefix: str) -> None:
    for key in settings:
        if key not in known:
            raise _misconfigured(file, f"keyflow has no setting {prefix + key!r}", did_you_mean(key, known))


def load_definitions(project: Project) -> Definitions:
    """Executes the project's definition files and collects the workflows and APIs that stand in them.

    Raises:
        ProjectError: KF111, a file does not import or raises; KF112, two workflows or two APIs have one name;
            KF114, there is nothing to build.
        DefinitionError: What a definition itself has done wrong; KF270, a call is given to nothing; KF272, a workflow
            is made that nothing holds.
    """
    from keyflow.dsl.api import Api
    from keyflow.dsl.definition import Definition

    files = list(_definition_files(project))
    workflows: dict[str, Definition] = {}
    apis: dict[str, Api] = {}
    sources: dict[str, str] = {}
    with recorded() as made:
        values = [value for file in files for value in _held(vars(_load(project, file)).values())]
    for value in values:
        if isinstance(value, Definition | Api):
            _collect(project, value, workflows if isinstance(value, Definition) else apis, sources)
    for api in list(apis.values()):
        for route in api.routes:
            if isinstance(route.target, Definition):
                _collect(project, route.target, workflows, sources)
    lost = list(_lost(made, [*workflows.values()], files))
    if lost:
        raise DefinitionError(*lost)
    if not workflows and not apis:
        raise ProjectError(*_none(project, files))
    return Definitions(dict(sorted(workflows.items())), dict(sorted(apis.items())), sources, tuple(files))


def _held(values: Iterable[Any]) -> Iterator[Any]:
    """Values, and those in lists, tuples and dictionaries among them, each collection once: one may hold itself."""
    left, seen = deque(values), set[int]()
    while left:
        value = left.popleft()
        if not isinstance(value, list | tuple | dict):
            yield value
        elif id(value) not in seen:
            seen.add(id(value))
            left.extendleft(reversed([*value.values()] if isinstance(value, dict) else value))


def _lost(made: Made, known: Sequence[Definition], files: Sequence[Path]) -> Iterator[Diagnostic]:
    """Workflows that were made and are not built, texts of values, and calls that nothing was given."""
    here, built = {str(file) for file in files}, {id(each) for each in (*known, *made.inlined)}
    for definition in made.definitions:
        if definition.location.file in here and id(definition) not in built:
            yield _made_inside(definition.location) or Diagnostic(
                "KF272",
                f"{definition.name!r} is never built: when the file has run, no name leads to it",
                definition.location,
                "a name that is bound again, in a loop for instance, holds the last one: put them into a list",
            )
    yield from _shown(made, known)
    for call in made.unused:
        if call.location.file in here:
            message = f"{call.label} is called, and no task is given it: no state makes the call"
            yield Diagnostic("KF270", message, call.location, f'write workflow.task("Name", {call.label}(...))')


def _made_inside(location: Location) -> Diagnostic | None:
    """What to say of a workflow that is made inside of a function or a class, whose names are not looked at."""
    from keyflow.local_definitions import local_definitions

    found = (each for each in local_definitions(Path(location.file)) if each.line == location.line)
    return next((each.diagnostic() for each in found), None)


def _shown(made: Made, known: Sequence[Definition]) -> Iterator[Diagnostic]:
    """Texts of definitions that Python has made of values: what stands in them is the value's name."""
    if not made.texts:
        return
    from keyflow.dsl.contents import literals

    for definition in known:
        for text, location in dict.fromkeys(literals(definition)):
            shown = max(
                (each for each in made.texts if each in text and not each.isidentifier()), key=len, default=None
            )
            if shown is not None:
                message = f"{text!r} holds a value's name in Python, {shown}, and not the value"
                hint = "write keyflow.format('...{}...', value): an f-string, repr() and = show what Python knows"
                yield Diagnostic("KF212", message, location, hint)


def _none(project: Project, files: Sequence[Path]) -> Sequence[Diagnostic]:
    """Why a project has no definitions: those that there are stand inside of functions, or there are none."""
    from keyflow.local_definitions import local_definitions

    local = [each.diagnostic() for file in files for each in local_definitions(file)]
    if local:
        return local
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    message = f"no workflow and no API in {', '.join(project.definitions)} ({count})"
    hint = "`keyflow init` writes a first definition"
    if files:
        hint = "a file makes one and gives it a name at its top level: workflow = Workflow(...)"
    return [Diagnostic("KF114", message, Location(str(project.root), 1), hint)]


def _collect(project: Project, value: Any, known: dict[str, Any], sources: dict[str, str]) -> None:
    other = known.setdefault(value.name, value)
    if other is not value:
        from keyflow.dsl.definition import Definition

        kind = "workflows" if isinstance(value, Definition) else "APIs"
        raise ProjectError(
            Diagnostic(
                "KF112", f"two {kind} are named {value.name!r}", value.location, f"the other is at {other.location}"
            )
        )
    sources[value.name] = project.relative(value.location).file


def _definition_files(project: Project) -> Iterator[Path]:
    seen = set()
    for pattern in project.definitions:
        for file in sorted(project.root.glob(pattern)):
            if file.is_file() and not file.name.startswith("_") and file not in seen:
                seen.add(file)
                yield file


def _is_of(project: Project, location: Location | None) -> bool:
    return location is None or Path(location.file).is_relative_to(project.root)


_SETTLED_SECONDS = 2
"""How old a file must be to be kept compiled: Python's cache goes by the second of its change, and by its size."""


class _AsItStands(SourceFileLoader):
    """Compiles a file, and keeps that only where no change within the same second can follow."""

    def set_data(self, path: str, data: ReadableBuffer, *, _mode: int = 0o666) -> None:
        """Keeps what was compiled, unless the file has just been changed."""
        if time.time() - Path(self.path).stat().st_mtime > _SETTLED_SECONDS:
            super().set_data(path, data, _mode=_mode)


def _load(project: Project, file: Path) -> ModuleType:
    """Executes a file as a module; its own folder is importable, so that definitions can share code."""
    name = f"keyflow_definitions.{file.stem}"
    spec = spec_from_file_location(name, file, loader=_AsItStands(name, str(file)))
    if spec is None or spec.loader is None:
        raise ProjectError(Diagnostic("KF111", f"{file.name} is no Python file", Location(str(file), 1)))
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    folder = str(file.parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except DefinitionError as error:
        if all(_is_of(project, each.location) for each in error.diagnostics):
            raise
        from keyflow.python_errors import in_file

        raise DefinitionError(*(in_file(file, error, each) for each in error.diagnostics)) from error
    except KeyflowError:
        raise
    except (Exception, SystemExit) as error:
        from keyflow.python_errors import raised

        raise ProjectError(raised(file, error)) from error
    finally:
        sys.path.remove(folder)
    return module
