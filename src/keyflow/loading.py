"""The workflows and APIs of a project: what its definition files, which are Python code, make when executed."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from keyflow.dataclass import dataclass
from keyflow.diagnostics import DefinitionError, Diagnostic, KeyflowError, Location, ProjectError, did_you_mean
from keyflow.garbage import seldom_collected
from keyflow.making import Made, recorded
from keyflow.project import Project

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from keyflow.dsl.api import Api
    from keyflow.dsl.definition import Definition


@dataclass(frozen=True, slots=True)
class Definitions:
    """The workflows and APIs of a project by name, sorted, the file of each, and the executed files' own names."""

    workflows: Mapping[str, Definition]
    apis: Mapping[str, Api]
    files: Mapping[str, str]
    modules: Mapping[Path, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def executed(self) -> tuple[Path, ...]:
        """The files that were executed."""
        return tuple(self.modules)

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
        return Definitions(workflows, apis, self.files, self.modules)

    def make_themselves(self, names: Sequence[str]) -> bool:
        """Whether the executed files themselves make all that is named: other files may have what a module makes."""
        if not all(name in self.workflows or name in self.apis for name in names):
            return False
        chosen, files = self.select(names), {str(file) for file in self.executed}
        made: Iterable[Definition | Api] = chain(chosen.workflows.values(), chosen.apis.values())
        return all(each.location.file in files for each in made)

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


@seldom_collected()
def load_definitions(project: Project, names: Sequence[str] = (), *, begun: Definitions | None = None) -> Definitions:
    """Executes the project's definition files and collects the workflows and APIs that stand in them.

    With `names`, it first executes only the files that write one of the names between quotes. If these files make
    everything that is named, the others are not executed. Else all are: another file may make it, or a route to it.
    Those that were executed for `begun` are not executed again.

    Raises:
        ProjectError: KF111, a file does not import or raises; KF112, two workflows or two APIs have one name;
            KF114, there is nothing to build.
        DefinitionError: What a definition itself has done wrong; KF270, a call is given to nothing; KF272, a workflow
            is made that nothing holds.
    """
    files = tuple(_definition_files(project))
    passes = (tuple(file for file in files if _may_make(file, names)), files) if names else (files,)
    modules = {} if begun is None else dict(begun.modules)
    with recorded() as made:
        for chosen in passes:
            # No file is executed twice: it may add steps to what a module has made.
            modules |= {file: vars(_load(project, file)) for file in chosen if file not in modules}
            found = _collected(project, {file: modules[file] for file in files if file in modules})
            if found.make_themselves(names):
                break
    lost = list(_lost(made, [*found.workflows.values()], found.executed))
    if lost:
        raise DefinitionError(*lost)
    if not found.workflows and not found.apis:
        raise ProjectError(*_none(project, files))
    return found


def _may_make(file: Path, names: Sequence[str]) -> bool:
    """Whether a name stands between quotes in a file; one that cannot be read shows why when it is executed."""
    try:
        content = file.read_bytes()
    except OSError:
        return True
    written = [name.encode(errors="surrogateescape") for name in names]
    return any(quote + name + quote in content for name in written for quote in (b'"', b"'"))


def _collected(project: Project, modules: Mapping[Path, Mapping[str, Any]]) -> Definitions:
    """The workflows and APIs among the values that files hold, and the workflows that the routes of these lead to.

    One file may put a workflow into a list of another, so values are looked at when all files have run.
    """
    from keyflow.dsl.api import Api
    from keyflow.dsl.definition import Definition

    workflows: dict[str, Definition] = {}
    apis: dict[str, Api] = {}
    sources: dict[str, str] = {}
    for value in chain.from_iterable(_held(names.values()) for names in modules.values()):
        if isinstance(value, Definition | Api):
            _collect(project, value, workflows if isinstance(value, Definition) else apis, sources)
    for api in list(apis.values()):
        for route in api.routes:
            if isinstance(route.target, Definition):
                _collect(project, route.target, workflows, sources)
    return Definitions(dict(sorted(workflows.items())), dict(sorted(apis.items())), sources, modules)


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
