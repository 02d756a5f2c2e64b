"""Routes that lead to an AWS call: what a caller is answered for each result, and for each refusal (P4)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from keyflow.asl import JSON
from keyflow.aws.models import OperationModel, Shape
from keyflow.dataclass import dataclass
from keyflow.diagnostics import KeyflowError, Location
from keyflow.http.gateway import Gateway
from keyflow.verify.judges.bodies import NO_JSON, body_of, has_none, shown
from keyflow.verify.judges.findings import Finding, Property
from keyflow.verify.world.answers import FAILED, answer_form, nothing_failed, without_errors
from keyflow.verify.world.results import sample
from keyflow.verify.world.runner import INTERNAL_CAUSE, INTERNAL_MARK

_DONE = 200
_HARD = 'it\'s "so" \\ ü'
_WORDS = 60
_SHOWN = 200
"""Characters of a body in a message."""
_UNKNOWN = ("ExpiredTokenException", "SomethingNew")
_PREFIX = "com.amazonaws.service#"
"""Some services put their own name before that of the error."""


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How a call ends: with AWS's status and its body. `failed` says whether any of it was not done.

    `expected` is the status that the definition declares for it, if any.
    """

    what: str
    status: int
    body: JSON
    failed: bool
    expected: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CalledRoute:
    """A route that answers with an AWS call's result.

    `success` is the status of a result and `errors` that of each declared error; `shaped` says that the author's own
    template makes the answer, and may answer a result with another status (404 where there is no item).
    """

    label: str
    gateway: Gateway
    model: OperationModel
    location: Location
    success: int
    errors: Mapping[str, int]
    shaped: bool

    def ends(self) -> Iterator[End]:
        """Every end that the call can have: results, whole and in part, and refusals, by each error of the model."""
        output = self.model.output
        full = {} if output is None else sample(output, answer_form(_text, self._words))
        quiet = {name: each for name, each in full.items() if not FAILED.fullmatch(name)}
        expected = None if self.shaped else self.success
        for how, body in _whole(output, quiet):
            yield End(what=f"a result{how}", status=_DONE, body=body, failed=False, expected=expected)
        for what, body in _in_part(output, quiet):
            yield End(what=f"a result with {what}", status=_DONE, body=body, failed=True)
        known = dict.fromkeys((*self.model.errors, *self.model.service.errors, *self.errors, *_UNKNOWN))
        for error in known:
            for name in (error, _PREFIX + error):
                body = {"__type": name, "message": INTERNAL_CAUSE, "Message": INTERNAL_CAUSE}
                yield End(what=error, status=400, body=body, failed=True, expected=self.errors.get(error))
        for status in (400, 403, 413, 500, 503):
            yield End(what=f"a status of {status}", status=status, body={"message": INTERNAL_CAUSE}, failed=True)

    @property
    def answers(self) -> int:
        """How many answers are looked at."""
        return sum(1 for _end in self.ends())

    @property
    def _words(self) -> tuple[str, ...]:
        """The names in the template of the answer: what it reads of maps is among them."""
        words = re.findall(r"[A-Za-z_]\w*", self.gateway.response_template(_DONE) or "")
        return tuple(dict.fromkeys((*words, "key")))[:_WORDS]

    def findings(self) -> Iterator[Finding]:
        """How an answer violates P4; each kind of violation once."""
        shown: dict[str, Finding] = {}
        for end in self.ends():
            for finding in self._of(end):
                shown.setdefault(finding.mark, finding)
        yield from shown.values()

    def _of(self, end: End) -> Iterator[Finding]:
        try:
            answer = self.gateway.answered(end.status, end.body)
        except KeyflowError as failure:
            problem = failure.diagnostics[0].message
            yield self._finding("fails", f"the template fails for {end.what}: {problem}", "take what may be missing")
            return
        if body_of(answer) is NO_JSON and not has_none(answer):
            text = f"the body of the answer is not JSON for {end.what}: {shown(answer)[:_SHOWN]}"
            fix = """write $util.escapeJavaScript($x).replaceAll("\\\\'", "'") for text"""
            yield self._finding("json", text, fix)
        if end.failed and INTERNAL_MARK in answer.body:
            yield self._finding("leak", f"the answer shows the inside for {end.what}", "answer a fixed text")
        if end.failed and answer.status // 100 == 2:
            text = f"{self.label} answers {answer.status} {shown(answer)[:_SHOWN]} for {end.what}"
            yield self._finding("2xx", text, "answer 500 where a part of the call failed")
        elif end.expected is not None and answer.status != end.expected:
            text = f"{self.label} answers {answer.status}, not {end.expected}, for {end.what}"
            yield self._finding("status", text, f"answer {end.expected}")

    def _finding(self, mark: str, message: str, fix: str) -> Finding:
        return Finding(property=Property.P4, state=self.label, mark=mark, message=message, fix=fix)


def _whole(output: Shape | None, full: JSON) -> Iterator[tuple[str, JSON]]:
    """Results of a call that was done in whole: with all members, and with those only that are always there."""
    none = {} if output is None else nothing_failed(output)
    yield "", {**without_errors(full), **none}
    yield " with nothing in it", {**({"status": "SUCCEEDED"} if _is_execution(output) else {}), **none}


def _in_part(output: Shape | None, full: JSON) -> Iterator[tuple[str, JSON]]:
    """Results of a call of which a part failed."""
    members = {} if output is None else output.members
    for name, shape in members.items():
        if FAILED.fullmatch(name):
            yield (
                name,
                {
                    **without_errors(full),
                    name: 1 if shape.kind == "number" else _marked(sample(shape, answer_form(_text))),
                },
            )
        if shape.type == "list" and "Error" in shape.element.members:
            yield f"an Error in {name}", {**full, name: _marked(sample(shape, answer_form(_text)))}
    for status in ("FAILED", "TIMED_OUT", "ABORTED") if _is_execution(output) else ():
        yield f"the status {status}", {**full, "status": status, "error": INTERNAL_CAUSE, "cause": INTERNAL_CAUSE}


def _is_execution(output: Shape | None) -> bool:
    """Whether a result is that of an execution that was waited for."""
    return output is not None and {"status", "billingDetails"} <= output.members.keys()


def _marked(tree: Any) -> Any:
    """A sample that shows the inside in all its texts."""
    return json.loads(json.dumps(tree).replace(json.dumps(_HARD)[1:-1], INTERNAL_CAUSE))


def _text(shape: Shape, _label: str) -> str:
    """A text with quotes; of what an execution gives, JSON with such a text in it."""
    return (
        json.dumps({"text": _HARD})
        if shape.service_name == "stepfunctions" and shape.name == "SensitiveData"
        else _HARD
    )
