"""The texts by which calls name things: what a caller chose, and what a service answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from keyflow.asl import JSON
from keyflow.aws import Integration
from keyflow.aws.arguments import Spelling
from keyflow.aws.effects import Member, OperationEffect, Root, identified_by, names_a_thing, undoes
from keyflow.aws.models import OperationModel
from keyflow.verify.world.own import texts_in


def names_given(integration: Integration, effect: OperationEffect, parameters: JSON) -> frozenset[str]:
    """The texts by which the caller names what a call makes: those that what undoes it can be given of the parameters.

    Without any, the service alone names it.
    """
    found = (_at(parameters, path, integration.spelling) for path in paths_of_names(integration, effect))
    return frozenset(text for each in found for value in each for text in texts_in(value))


@cache
def paths_of_names(integration: Integration, effect: OperationEffect) -> Sequence[tuple[str | int | None, ...]]:
    """Where a call's own parameters may have such texts: what its undoing must be given; none where its result is
    needed.

    `DeleteLaunchTemplate` takes an identifier or the LaunchTemplateName that the caller chose.
    """
    if effect.identity or effect.gives_back:
        return [(name,) for name in effect.identity or effect.gives_back]
    for operation, members in effect.undoing.items():
        read = [member for member in map(Member.read, members.values()) if member.root is not None]
        if read and all(each.root is Root.INPUT and not each.part for each in read):
            return [each.path for each in read]
        return [(name,) for name in _shared_names(integration.model, integration.model.service.operations[operation])]
    return []


def _shared_names(made: OperationModel, undoing: OperationModel) -> Sequence[str]:
    """The naming members of a call's parameters, where they give its undoing all that it needs."""
    if made.input is None or undoing.input is None:
        return []
    found, given = set[str](), made.input.members
    for name, shape in undoing.input.members.items():
        inside = shape.members if shape.type == "structure" else {name: shape}
        shared = {each for each in inside if each in given and names_a_thing(each, given[each])}
        if name in undoing.input.required and not shared:
            return []
        found |= shared
    return sorted(found)


def _at(tree: JSON, path: Sequence[str | int | None], spelling: Spelling) -> Iterator[JSON]:
    """What lies at a path of parameters; None in it stands for every entry of a list."""
    if not path:
        yield tree
        return
    first, rest = path[0], path[1:]
    match tree, first:
        case dict(), str():
            yield from _at(tree.get(spelling(first)), rest, spelling)
        case list(), None:
            for each in tree:
                yield from _at(each, rest, spelling)
        case list(), int() if first < len(tree):
            yield from _at(tree[first], rest, spelling)
        case _:
            return


def with_names_given(integration: Integration, effect: OperationEffect, parameters: JSON, result: JSON) -> JSON:
    """A result that repeats the names that the caller gave, under the members of the parameters, as services do."""
    if not effect.makes or not isinstance(parameters, dict):
        return result
    members = (integration.spelling(name) for name in effect.identity)
    given = {name: parameters[name] for name in members if isinstance(parameters.get(name), str)}
    return _repeating(result, given) if given else result


def _repeating(tree: JSON, given: Mapping[str, str]) -> JSON:
    match tree:
        case dict():
            return {
                name: given[name] if name in given and isinstance(each, str) else _repeating(each, given)
                for name, each in tree.items()
            }
        case list():
            return [_repeating(each, given) for each in tree]
        case _:
            return tree


def identifiers_given(integration: Integration, effect: OperationEffect, result: JSON) -> frozenset[str]:
    """The texts of a result by which a service names what a call has made: not all that the result says of it.

    They lie where what undoes the call takes them, are called as it calls them, or after the thing: `FunctionArn`.
    """
    if not effect.undone_by:
        return frozenset(texts_in(result))
    called, paths = _called(integration, effect), _paths_of_identifiers(integration, effect)
    leaves: list[tuple[tuple[str, ...], str]] = []
    _put_leaves(result, (), leaves)
    return frozenset([text for path, text in leaves if path[-1].lower() in called or path in paths])


@cache
def _called(integration: Integration, effect: OperationEffect) -> frozenset[str]:
    thing = effect.noun.replace(" ", "").lower()
    known = integration.model.service.operations
    inputs = [known[operation].input for operation in effect.undone_by]
    required = (name.lower() for shape in inputs if shape is not None for name in shape.required)
    return frozenset(("arn", *(f"{thing}{each}" for each in ("arn", "id", "name", "url", "identifier")), *required))


@cache
def _paths_of_identifiers(integration: Integration, effect: OperationEffect) -> frozenset[tuple[str, ...]]:
    read = (Member.read(words) for members in effect.undoing.values() for words in members.values())
    return frozenset(
        tuple(integration.spelling(step) for step in member.path if isinstance(step, str))
        for member in read
        if member.root is Root.RESULT
    )


def _put_leaves(tree: JSON, path: tuple[str, ...], leaves: list[tuple[tuple[str, ...], str]]) -> None:
    """Adds every text of a result that has a name, with the names that lead to it."""
    if isinstance(tree, str):
        if path:
            leaves.append((path, tree))
    elif isinstance(tree, dict):
        for name, value in tree.items():
            _put_leaves(value, (*path, name), leaves)
    elif isinstance(tree, list):
        for value in tree:
            _put_leaves(value, path, leaves)


def texts_of(integration: Integration, members: Iterable[str], parameters: JSON) -> frozenset[str]:
    """The texts under some members of the parameters, which are named as in the service's model."""
    if not isinstance(parameters, dict):
        return frozenset()
    return frozenset(texts_in([parameters.get(integration.spelling(name)) for name in members]))


def required_texts(integration: Integration, parameters: JSON) -> frozenset[str]:
    """The texts by which a call says what it deletes or reads: those of the parameters that it must have.

    Where its model requires none, it is given one of several names: `DeleteStream` a StreamName or a StreamARN.
    """
    shape = integration.model.input
    if shape is None:
        return frozenset()
    names = shape.required or [name for name, member in shape.members.items() if names_a_thing(name, member)]
    return texts_of(integration, names, parameters)


def names_another(parameters: JSON, texts: frozenset[str], noun: str) -> bool:
    """Whether parameters give texts as the names of other things than those of a noun: a GroupName is that of no user.

    A member that only says that it is a name, or is none, may be about anything.
    """
    members = [name.lower() for name, value in parameters.items() if value in list(texts)]
    kinds = [name.removesuffix("name") for name in members if name.endswith("name") and name != "name"]
    thing = noun.replace(" ", "").lower()
    return bool(kinds) and len(kinds) == len(members) and all(kind not in thing and thing not in kind for kind in kinds)


def changed_texts(integration: Integration, parameters: JSON) -> frozenset[str]:
    """The texts by which a change says what it is about."""
    return texts_of(integration, identified_by(integration.model), parameters)


def deletes_such(integration: Integration, maker: Integration, effect: OperationEffect) -> bool:
    """Whether an operation is one that deletes what `maker` makes: one of those that are known, else any."""
    if integration.model.service is not maker.model.service:
        return False
    return not effect.undone_by or undoes(integration.operation, effect.undone_by)


def lists_such(integration: Integration, maker: Integration, effect: OperationEffect) -> bool:
    """Whether an operation is one that looks for what `maker` makes."""
    return integration.model.service is maker.model.service and integration.operation in effect.found_by


def token_of(integration: Integration, effect: OperationEffect, parameters: JSON) -> JSON:
    """What makes a repeated call one and the same; None where nothing does."""
    if effect.token is None or not isinstance(parameters, dict):
        return None
    return parameters.get(integration.spelling(effect.token))
