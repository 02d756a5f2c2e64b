"""An operation on a page: what it does, what undoes it and how, what finds it, in plain words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.aws.authorization.operations import service_authorization
from keyflow.aws.effects.effect import Basis, Effect, OperationEffect, with_article
from keyflow.aws.effects.member import Member, Root
from keyflow.aws.effects.operations import effect_of
from keyflow.aws.models import OperationModel, has_service, service_model, service_names
from keyflow.dataclass import dataclass
from keyflow.diagnostics import Diagnostic, ProjectError, did_you_mean
from keyflow.lazy import lazy_pattern

_NAME = lazy_pattern(r"(?P<service>[A-Za-z][\w-]*)[.:](?P<operation>\w+)")

_DOES: Mapping[Effect, str] = {
    Effect.READS: "reads: nothing is left of it when the workflow fails",
    Effect.CREATES: "makes {noun}, which stays until something removes it",
    Effect.CHANGES: "changes {noun} that was there before",
    Effect.DELETES: "deletes {noun}: nothing brings back what it was",
    Effect.SENDS: "sends {noun}: what is out cannot be taken back",
    Effect.STARTS: "starts {noun}, which goes on after the answer",
    Effect.UNKNOWN: "runs code or statements of others: no model knows what it does",
}
_RESTS_ON: Mapping[Basis, str] = {
    Basis.AGREED: "the operation's name and its access level in IAM say the same",
    Basis.NAME: "the operation's name alone: IAM's reference does not know it",
    Basis.DECIDED: "decided by hand",
}


def looks_like_an_operation(name: str) -> bool:
    """Whether a text is written as an operation of a service is: `dynamodb.update_item`."""
    return _NAME.fullmatch(name) is not None


def operation_named(name: str) -> OperationModel:
    """The operation by its name in boto3 (`dynamodb.update_item`), in Python (`lambda_.invoke`) or IAM's spelling.

    Raises:
        ProjectError: KF113, there is no such service or operation.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise _unknown(f"{name!r} is no operation of a service", "write service.operation: dynamodb.update_item")
    service = next((each for each in _services(found["service"]) if has_service(each)), None)
    model = None if service is None else service_model(service)
    if model is None:
        hint = did_you_mean(found["service"].lower(), service_names())
        raise _unknown(f"AWS has no service {found['service']!r}", hint)
    wanted = found["operation"]
    for each, operation in model.operations.items():
        if wanted in (each, operation.name) or wanted.lower() == operation.name.lower():
            return operation
    raise _unknown(f"{model.name} has no operation {wanted!r}", did_you_mean(wanted, model.operations))


def _services(name: str) -> Iterator[str]:
    """The names that a service may have in boto3: `cognito_idp` is `cognito-idp`, `lambda_` is `lambda`."""
    yield from (name, name.lower(), name.rstrip("_"), name.rstrip("_").replace("_", "-"))


def _unknown(message: str, hint: str | None) -> ProjectError:
    return ProjectError(Diagnostic("KF113", message, hint=hint or "names are boto3's: dynamodb.update_item"))


@dataclass(frozen=True, slots=True)
class OperationPage:
    """What is known of an operation."""

    operation: OperationModel
    effect: OperationEffect

    @classmethod
    def of(cls, operation: OperationModel) -> OperationPage:
        """The page of an operation."""
        return cls(operation, effect_of(operation))

    @property
    def name(self) -> str:
        """The operation as in boto3: `dynamodb.update_item`."""
        return f"{self.operation.service.name}.{self.operation.python_name}"

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that IAM asks for; none where the reference does not know the operation."""
        service = service_authorization(self.operation.service.name)
        if service is None or service.instead is not None or self.operation.name not in service.document["operations"]:
            return ()
        known = service.operation(self.operation.name)
        return () if known is None else tuple(grant.action for grant in known.grants)

    def document(self) -> Mapping[str, Any]:
        """The page as JSON."""
        effect = self.effect
        return {
            "name": self.name,
            "effect": effect.effect.value,
            "noun": effect.noun,
            "basis": effect.basis.value,
            "reason": effect.reason,
            "identity": list(effect.identity),
            "undone_by": {name: dict(members) for name, members in effect.undoing.items()},
            "found_by": dict(effect.found_in),
            "exists_errors": list(effect.exists_errors),
            "upsert": effect.upsert,
            "gives_back": list(effect.gives_back),
            "token": effect.token,
            "marks": list(effect.marks),
            "actions": list(self.actions),
            "errors": list(self.operation.errors),
        }

    def lines(self) -> Iterator[tuple[str, str]]:
        """The page in words: what each line is about, and what it says."""
        effect = self.effect
        also = ", or makes it where there is none" if effect.upsert and not effect.makes else ""
        yield "what it does", _DOES[effect.effect].format(noun=with_article(effect.noun)) + also
        if effect.effect not in (Effect.READS, Effect.DELETES, Effect.UNKNOWN):
            yield from self._about_the_thing()
        yield "IAM", ", ".join(self.actions) or "the reference does not know it"
        yield "errors", ", ".join(self.operation.errors) or "the model lists none"
        yield "source", _RESTS_ON[effect.basis] if effect.reason is None else f"decided by hand: {effect.reason}"

    def _about_the_thing(self) -> Iterator[tuple[str, str]]:
        effect = self.effect
        named = effect.identity or effect.gives_back
        if named:
            yield "named by", f"{', '.join(named)}, which the caller chooses"
        elif effect.makes:
            sources = [words.strip("[") for each in effect.undoing.values() for words in each.values()]
            given = any(words.startswith("result.") for words in sources) or not sources
            yield "named by", "an identifier that is in its result" if given else "what stands in its arguments"
        undone = [_call_in_words(name, members) for name, members in effect.undoing.items()]
        yield "undone by", " or ".join(undone) or self._not_undone()
        if effect.found_in:
            found = (f"{name}()" + (f", in {place}" if place else "") for name, place in effect.found_in.items())
            yield "found by", "; ".join(found)
        if effect.makes:
            yield "if it exists", self._if_it_exists()
        yield "tried again", self._tried_again()
        if effect.marks:
            yield "recognised by", f"{', '.join(effect.marks)}: what is written there says whose it is"

    def _not_undone(self) -> str:
        if self.effect.effect is Effect.CHANGES:
            return "nothing that is known; where it sets something, it itself with what was there before"
        return "nothing that is known: keep it, or put it after workflow.pivot()"

    def _if_it_exists(self) -> str:
        if self.effect.gives_back:
            named = " and ".join(self.effect.gives_back)
            return f"it gives back what is there under the same {named}, whoever made it"
        if self.effect.exists_errors:
            return f"it fails with {' or '.join(self.effect.exists_errors)}"
        if self.effect.upsert:
            return "it writes over what is there, or gives it back: no error says so"
        return "the model has no error that says so"

    def _tried_again(self) -> str:
        if self.effect.token is not None:
            return f"it is one and the same call with the same {self.effect.token}"
        if self.effect.effect is Effect.CHANGES:
            return "the model has no token: it changes the thing again"
        if self.effect.identity or self.effect.upsert:
            return "it is about the same name, and makes no second one"
        return "the model has no token: it makes, sends or starts a second one"


def _call_in_words(name: str, members: Mapping[str, str]) -> str:
    """An undoing call: `delete_api_key(apiKey=the result's id)`."""
    given = (f"{member}={_in_words(Member.read(source))}" for member, source in members.items())
    return f"{name}({', '.join(given)})"


def _in_words(member: Member) -> str:
    if member.is_token:
        return "a token of its own"
    if member.root is None:
        return str(member.literal)
    names = "".join(_step(each) for each in member.path)
    said = f"{_ROOTS[member.root]} {names.removeprefix('.')}"
    if member.keys:
        said = f"the keys of {said}"
    if member.part:
        said = f"the key in {said}"
    if member.wrapped:
        said = f"[{said}]"
    return f"{said}, if given" if member.optional else said


_ROOTS: Mapping[Root, str] = {Root.INPUT: "its own", Root.RESULT: "the result's"}


def _step(step: str | int | None) -> str:
    if isinstance(step, str):
        return f".{step}"
    return "[]" if step is None else f"[{step}]"
