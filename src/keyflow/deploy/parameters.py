"""The values of a stage's parameters: from the command line, else the configuration, else the definition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from keyflow.diagnostics import Diagnostic, ProjectError, did_you_mean, nearest
from keyflow.dsl.deployed import Parameter


def resolve(wanted: Mapping[str, Parameter], given: Mapping[str, str], configured: Mapping[str, str]) -> dict[str, str]:
    """A value for each parameter.

    Raises:
        ProjectError: KF501, parameters have no value; KF502, a value is given for what is no parameter; KF519, a
            secret's value is not the ARN of it; KF520, a value is of another type.
    """
    diagnostics = []
    for name in given:
        if name not in wanted:
            hint = did_you_mean(name, wanted) or f"there are {', '.join(sorted(wanted)) or 'none'}"
            diagnostics.append(Diagnostic("KF502", f"no definition has a parameter {name!r}", hint=hint))
    values = {}
    for name, parameter in wanted.items():
        value = given.get(name, configured.get(name, parameter.default))
        if value is None:
            about = f" ({parameter.description})" if parameter.description else ""
            diagnostics.append(
                Diagnostic(
                    "KF501", f"the parameter {name}{about} has no value", parameter.location, f"pass --param {name}=..."
                )
            )
            continue
        problem = parameter.problem(value)
        if problem is None:
            values[name] = value
        elif parameter.secret:
            message = f"the value of the secret parameter {name} {problem}, and is not shown"
            diagnostics.append(Diagnostic("KF519", message, parameter.location))
        else:
            diagnostics.append(Diagnostic("KF520", f"the value of the parameter {name} {problem}", parameter.location))
    if diagnostics:
        raise ProjectError(*diagnostics)
    return values


def check_names(given: Iterable[str], wanted: Collection[str]) -> None:
    """Refuses a value for a parameter whose name is a slip of one that has none.

    Values for what a definition does not have are passed over: a project's tests may give all of them each time.

    Raises:
        ProjectError: KF502, the parameter is misspelt.
    """
    names = set(given)
    for name in sorted(names - set(wanted)):
        near = nearest(name, sorted(set(wanted) - names))
        if near is not None:
            hint = f"did you mean {near!r}?"
            raise ProjectError(Diagnostic("KF502", f"no definition has a parameter {name!r}", hint=hint))


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """`K=V` texts as a mapping.

    Raises:
        ProjectError: KF502, a text has no `=`.
    """
    found = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise ProjectError(Diagnostic("KF502", f"--param takes NAME=VALUE, not {text!r}"))
        found[name] = value
    return found
