"""ARNs of what a call is about, from the templates of the Service Authorization Reference and the call's arguments.

A literal stands in them as it is, a parameter as `${Name}`, and what only an execution knows as `*`. An argument that
is an ARN itself is the resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyflow.aws.runtime_values import RuntimeValue, with_constants
from keyflow.dataclass import dataclass
from keyflow.lazy import lazy_pattern
from keyflow.placeholders import PLACEHOLDER

ANY = "*"
_HERE: Mapping[str, str] = {"${Region}": "${AWS::Region}", "${Account}": "${AWS::AccountId}"}
_VARIABLE = lazy_pattern(r"(?<!\$)\{(\w+)\}")
_FOR_ITSELF = lazy_pattern(rf"[*?]|(?!{PLACEHOLDER.pattern})\$")


@dataclass(frozen=True, slots=True)
class ResourceArn:
    """A resource's ARN, and the arguments that only an execution knows, for which it has `*`."""

    arn: str
    unknown: tuple[str, ...] = ()


def text(value: Any) -> str | None:
    """A value as a deployment will know it, or None when only an execution will.

    What IAM takes for a wildcard in a literal is written so that it stands for itself.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
    """
    value = with_constants(value)
    if isinstance(value, RuntimeValue):
        return value.deployed_text()
    return _FOR_ITSELF.sub(r"${\g<0>}", value) if isinstance(value, str) else None


def pattern(value: Any) -> str:
    """A value with `*` for each part of it that only an execution will know."""
    value = with_constants(value)
    if isinstance(value, RuntimeValue):
        return value.deployed_pattern()
    return text(value) or ANY


def is_wide(written: str) -> bool:
    """Whether a part of a text is known only to the execution; an asterisk of the author's own stands for itself."""
    return ANY in written.replace("${*}", "")


def unknown(written: str, member: str) -> tuple[str, ...]:
    """The argument, where its text is known only to the execution, in whole or in part."""
    return (member,) if is_wide(written) else ()


def is_parameter(written: str) -> bool:
    """Whether a text is one placeholder, and nothing else."""
    return PLACEHOLDER.fullmatch(written) is not None


def regional(service: str, resource: str) -> str:
    """The ARN of a resource of this account in this region."""
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"


def is_arn(given: str, member: str = "") -> bool:
    """Whether to take a text for an ARN: it begins like one, or is a placeholder in a place, or of a name, for one."""
    placeholder = PLACEHOLDER.fullmatch(given)
    named = member.lower().endswith("arn") or (placeholder is not None and placeholder[1].lower().endswith("arn"))
    return given.startswith("arn:") or (named and placeholder is not None)


def filled(template: str, members: Mapping[str, str], arguments: Mapping[str, Any]) -> Iterator[ResourceArn]:
    """The ARNs to put in a statement: the template with a call's arguments, once for each entry of a list.

    Args:
        template: An ARN behind its partition, with variables in braces.
        members: For each variable the argument that holds its value; several that stand for one another as `A|B`.
        arguments: The call's arguments, as they were written.
    """
    choices = {variable: _values(member, arguments) for variable, member in members.items()}
    many = next((variable for variable, values in choices.items() if len(values) > 1), None)
    for index in range(len(choices[many]) if many is not None else 1):
        chosen = {name: values[min(index, len(values) - 1)] for name, values in choices.items() if values}
        yield _one(template, members, chosen, arguments)


def _one(
    template: str, members: Mapping[str, str], chosen: Mapping[str, str], arguments: Mapping[str, Any]
) -> ResourceArn:
    late = tuple(
        dict.fromkeys(
            given_member(member, arguments) or member
            for name, member in members.items()
            if is_wide(chosen.get(name, ANY))
        )
    )
    if template == ANY:
        known = next(iter(chosen.values()), ANY)
        return ResourceArn(known) if is_arn(known, "arn") else ResourceArn(ANY, late)
    for variable, member in members.items():
        given = chosen.get(variable, ANY)
        if is_arn(given, given_member(member, arguments) or member):
            behind = template[_last(template, given_member(member, arguments), members, arguments) :]
            return ResourceArn(given + _filled(behind, chosen), late)
    text_ = template
    for sign, value in _HERE.items():
        text_ = text_.replace(sign, value)
    return ResourceArn(f"arn:${{AWS::Partition}}:{_filled(text_, chosen)}", late)


def _last(template: str, given: str | None, members: Mapping[str, str], arguments: Mapping[str, Any]) -> int:
    """Where the part of a template ends that an ARN stands for: behind the last variable that the argument fills."""
    same = [name for name, member in members.items() if given_member(member, arguments) == given]
    own = [match.end() for match in _VARIABLE.finditer(template) if match[1] in same]
    others = [match for match in _VARIABLE.finditer(template) if match[1] in members and match[1] not in same]
    further = [match.start() for match in others if match.start() > max(own)]
    return max(own) if further else len(template)


def _filled(template: str, chosen: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: chosen.get(match[1], ANY), template)


def given_member(members: str, arguments: Mapping[str, Any]) -> str | None:
    """The first of these members that a call gives, to be read in the place of the others; None where it gives none."""
    return next((each for each in members.split("|") if each.removesuffix("[]") in arguments), None)


def _values(members: str, arguments: Mapping[str, Any]) -> Sequence[str]:
    """The texts of an argument: several for a list; `*` for what only an execution knows; none where none is given."""
    member = given_member(members, arguments)
    if member is None:
        return ()
    value = arguments[member.removesuffix("[]")]
    if member.endswith("[]") and isinstance(value, list | tuple):
        return [pattern(each) for each in value] or [ANY]
    return [pattern(value)]
