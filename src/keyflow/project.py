"""The project: its root, its stages and its settings, from `keyflow.toml` or `[tool.keyflow]` of `pyproject.toml`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, Location, ProjectError, did_you_mean
from keyflow.files import Unreadable, text_of

if TYPE_CHECKING:
    pass

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

    def line(self, location: Location) -> str:
        """A line as text, with its file as seen from the project's root: `definitions/api_keys.py:12`."""
        inside = _inside(self.root, location.file)
        return str(location) if inside is None else f"{inside}:{location.line}"


@lru_cache(maxsize=256)
def _inside(root: Path, file: str) -> str | None:
    """A file as seen from a folder, where it lies inside."""
    path = Path(file)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


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
