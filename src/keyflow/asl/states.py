"""Every state type of the States Language and every field of each, as frozen dataclasses.

Read the classes as the language's table: attribute, JSON key, kind, and the query language that the field is
bound to. Source: https://states-language.net/ and
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar

from keyflow.asl.conditions import ChoiceRule, choice_rules
from keyflow.asl.fields import (
    ABSENT,
    ANY,
    ARGUMENTS,
    BACKOFF_RATE,
    BOUNDED_COUNT,
    COUNT,
    ERROR_NAMES,
    ITEMS,
    JITTER,
    JSON,
    LANGUAGE,
    MAX_DELAY,
    NAME,
    OBJECT,
    PATH,
    PATH_OR_NULL,
    PERCENTAGE,
    POSITIVE_INTEGER,
    RESULT_PATH,
    SELECTOR,
    TEMPLATE,
    TEXT,
    TIMESTAMP,
    VARIABLES,
    Absent,
    Codec,
    Malformed,
    Path,
    QueryLanguage,
    Transition,
    asl,
)
from keyflow.asl.quotas import MAP_LABEL_CHARACTERS
from keyflow.asl.records import at, dump_record, list_of, load_record, record, transition
from keyflow.dataclass import dataclass

JSONPATH = QueryLanguage.JSONPATH
JSONATA = QueryLanguage.JSONATA


def _extra() -> Any:
    """Fields that this model does not know: kept, so that nothing is lost between parse and dump."""
    return field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Retrier:
    """One entry of `Retry`. `max_attempts` counts the retries, not the first attempt; intervals are in seconds."""

    error_equals: tuple[str, ...] = asl("ErrorEquals", ERROR_NAMES, required=True)
    interval_seconds: int | None = asl("IntervalSeconds", POSITIVE_INTEGER)
    max_attempts: int | None = asl("MaxAttempts", BOUNDED_COUNT)
    backoff_rate: float | None = asl("BackoffRate", BACKOFF_RATE)
    max_delay_seconds: int | None = asl("MaxDelaySeconds", MAX_DELAY)
    jitter_strategy: str | None = asl("JitterStrategy", JITTER)
    comment: str | None = asl("Comment", TEXT)
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class Catcher:
    """One entry of `Catch`: the errors, the state that handles them, and where their description goes."""

    error_equals: tuple[str, ...] = asl("ErrorEquals", ERROR_NAMES, required=True)
    result_path: str | None | Absent = asl("ResultPath", RESULT_PATH, only=JSONPATH, default=ABSENT)
    assign: Mapping[str, JSON] | None = asl("Assign", VARIABLES)
    output: JSON | Absent = asl("Output", ANY, only=JSONATA, default=ABSENT)
    comment: str | None = asl("Comment", TEXT)
    next: str = asl("Next", NAME, required=True)
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """Passes its input on, perhaps reshaped, or a fixed result."""

    type: ClassVar[str] = "Pass"
    comment: str | None = asl("Comment", TEXT)
    query_language: QueryLanguage | None = asl("QueryLanguage", LANGUAGE)
    input_path: str | None | Absent = asl("InputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    parameters: JSON | Absent = asl("Parameters", TEMPLATE, only=JSONPATH, default=ABSENT)
    result: JSON | Absent = asl("Result", ANY, only=JSONPATH, default=ABSENT)
    result_path: str | None | Absent = asl("ResultPath", RESULT_PATH, only=JSONPATH, default=ABSENT)
    output_path: str | None | Absent = asl("OutputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    assign: Mapping[str, JSON] | None = asl("Assign", VARIABLES)
    output: JSON | Absent = asl("Output", ANY, only=JSONATA, default=ABSENT)
    next: Transition = transition()
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Calls a service, a function or an activity, named by `resource` (an ARN)."""

    type: ClassVar[str] = "Task"
    comment: str | None = asl("Comment", TEXT)
    query_language: QueryLanguage | None = asl("QueryLanguage", LANGUAGE)
    resource: str = asl("Resource", TEXT, required=True)
    input_path: str | None | Absent = asl("InputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    parameters: JSON | Absent = asl("Parameters", TEMPLATE, only=JSONPATH, default=ABSENT)
    arguments: JSON | Absent = asl("Arguments", ARGUMENTS, only=JSONATA, default=ABSENT)
    credentials: Mapping[str, JSON] | str | None = asl("Credentials", ANY)
    timeout: int | str | Path | None = asl("TimeoutSeconds", POSITIVE_INTEGER, path="TimeoutSecondsPath")
    heartbeat: int | str | Path | None = asl("HeartbeatSeconds", POSITIVE_INTEGER, path="HeartbeatSecondsPath")
    result_selector: JSON | Absent = asl("ResultSelector", SELECTOR, only=JSONPATH, default=ABSENT)
    result_path: str | None | Absent = asl("ResultPath", RESULT_PATH, only=JSONPATH, default=ABSENT)
    output_path: str | None | Absent = asl("OutputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    assign: Mapping[str, JSON] | None = asl("Assign", VARIABLES)
    output: JSON | Absent = asl("Output", ANY, only=JSONATA, default=ABSENT)
    retry: tuple[Retrier, ...] | None = asl("Retry", list_of(Retrier))
    catch: tuple[Catcher, ...] | None = asl("Catch", list_of(Catcher))
    next: Transition = transition()
    extra: Mapping[str, JSON] = _extra()

    @property
    def given(self) -> JSON | Absent:
        """What the call is given, in either query language; `ABSENT` where that is not written."""
        return self.arguments if self.parameters is ABSENT else self.parameters


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Goes on with the first rule that holds, else with `default`."""

    type: ClassVar[str] = "Choice"
    comment: str | None = asl("Comment", TEXT)
    query_language: QueryLanguage | None = asl("QueryLanguage", LANGUAGE)
    input_path: str | None | Absent = asl("InputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    output_path: str | None | Absent = asl("OutputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    assign: Mapping[str, JSON] | None = asl("Assign", VARIABLES)
    output: JSON | Absent = asl("Output", ANY, only=JSONATA, default=ABSENT)
    choices: tuple[ChoiceRule, ...] = asl("Choices", choice_rules(), required=True)
    default: str | None = asl("Default", NAME)
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """Waits for `seconds` or until `timestamp` (RFC 3339): exactly one of the two."""

    type: ClassVar[str] = "Wait"
    comment: str | None = asl("Comment", TEXT)
    query_language: QueryLanguage | None = asl("QueryLanguage", LANGUAGE)
    input_path: str | None | Absent = asl("InputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    output_path: str | None | Absent = asl("OutputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    assign: Mapping[str, JSON] | None = asl("Assign", VARIABLES)
    output: JSON | Absent = asl("Output", ANY, only=JSONATA, default=ABSENT)
    seconds: int | str | Path | None = asl("Seconds", BOUNDED_COUNT, path="SecondsPath")
    timestamp: str | Path | None = asl("Timestamp", TIMESTAMP, path="TimestampPath")
    next: Transition = transition()
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class Succeed:
    """Ends its scope, or the execution, with success."""

    type: ClassVar[str] = "Succeed"
    comment: str | None = asl("Comment", TEXT)
    query_language: QueryLanguage | None = asl("QueryLanguage", LANGUAGE)
    input_path: str | None | Absent = asl("InputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    output_path: str | None | Absent = asl("OutputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    output: JSON | Absent = asl("Output", ANY, only=JSONATA, default=ABSENT)
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fail:
    """Ends its scope, or the execution, with an error. `error` and `cause` may each be a `Path` or an intrinsic."""

    type: ClassVar[str] = "Fail"
    comment: str | None = asl("Comment", TEXT)
    query_language: QueryLanguage | None = asl("QueryLanguage", LANGUAGE)
    error: str | Path | None = asl("Error", TEXT, path="ErrorPath")
    cause: str | Path | None = asl("Cause", TEXT, path="CausePath")
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class Parallel:
    """Runs its branches side by side, each on the same input; its result is the array of their outputs."""

    type: ClassVar[str] = "Parallel"
    comment: str | None = asl("Comment", TEXT)
    query_language: QueryLanguage | None = asl("QueryLanguage", LANGUAGE)
    input_path: str | None | Absent = asl("InputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    parameters: JSON | Absent = asl("Parameters", TEMPLATE, only=JSONPATH, default=ABSENT)
    arguments: JSON | Absent = asl("Arguments", ARGUMENTS, only=JSONATA, default=ABSENT)
    branches: tuple[Branch, ...] = asl("Branches", list_of(lambda: Branch), required=True)
    result_selector: JSON | Absent = asl("ResultSelector", SELECTOR, only=JSONPATH, default=ABSENT)
    result_path: str | None | Absent = asl("ResultPath", RESULT_PATH, only=JSONPATH, default=ABSENT)
    output_path: str | None | Absent = asl("OutputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    assign: Mapping[str, JSON] | None = asl("Assign", VARIABLES)
    output: JSON | Absent = asl("Output", ANY, only=JSONATA, default=ABSENT)
    retry: tuple[Retrier, ...] | None = asl("Retry", list_of(Retrier))
    catch: tuple[Catcher, ...] | None = asl("Catch", list_of(Catcher))
    next: Transition = transition()
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessorConfig:
    """How a Map runs its iterations: INLINE, or DISTRIBUTED as child executions of a type."""

    mode: str | None = asl("Mode", Codec(lambda _language: {"enum": ["INLINE", "DISTRIBUTED"]}))
    execution_type: str | None = asl("ExecutionType", Codec(lambda _language: {"enum": ["STANDARD", "EXPRESS"]}))
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemReader:
    """Where a distributed Map reads its items."""

    resource: str = asl("Resource", TEXT, required=True)
    reader_config: Mapping[str, JSON] | None = asl("ReaderConfig", OBJECT)
    parameters: JSON | Absent = asl("Parameters", OBJECT, only=JSONPATH, default=ABSENT)
    arguments: JSON | Absent = asl("Arguments", ARGUMENTS, only=JSONATA, default=ABSENT)
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemBatcher:
    """How a distributed Map groups its items; at least one of the two limits is given."""

    batch_input: JSON | Absent = asl("BatchInput", TEMPLATE, default=ABSENT)
    max_items_per_batch: int | str | Path | None = asl(
        "MaxItemsPerBatch", POSITIVE_INTEGER, path="MaxItemsPerBatchPath"
    )
    max_input_bytes_per_batch: int | str | Path | None = asl(
        "MaxInputBytesPerBatch", POSITIVE_INTEGER, path="MaxInputBytesPerBatchPath"
    )
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultWriter:
    """Where a distributed Map writes its results."""

    resource: str | None = asl("Resource", TEXT)
    writer_config: Mapping[str, JSON] | None = asl("WriterConfig", OBJECT)
    parameters: JSON | Absent = asl("Parameters", OBJECT, only=JSONPATH, default=ABSENT)
    arguments: JSON | Absent = asl("Arguments", ARGUMENTS, only=JSONATA, default=ABSENT)
    extra: Mapping[str, JSON] = _extra()


@dataclass(frozen=True, kw_only=True, slots=True)
class Map:
    """Runs its processor once for each item. `Iterator` and `Parameters` are the older names of two of its fields."""

    type: ClassVar[str] = "Map"
    comment: str | None = asl("Comment", TEXT)
    query_language: QueryLanguage | None = asl("QueryLanguage", LANGUAGE)
    label: str | None = asl("Label", Codec(lambda _language: {"type": "string", "maxLength": MAP_LABEL_CHARACTERS}))
    input_path: str | None | Absent = asl("InputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    items_path: str | None = asl("ItemsPath", PATH, only=JSONPATH)
    items: JSON | Absent = asl("Items", ITEMS, only=JSONATA, default=ABSENT)
    item_reader: ItemReader | None = asl("ItemReader", record(ItemReader))
    item_selector: JSON | Absent = asl("ItemSelector", TEMPLATE, default=ABSENT)
    parameters: JSON | Absent = asl("Parameters", TEMPLATE, only=JSONPATH, default=ABSENT)
    item_batcher: ItemBatcher | None = asl("ItemBatcher", record(ItemBatcher))
    item_processor: Branch | None = asl("ItemProcessor", record(lambda: Branch))
    iterator: Branch | None = asl("Iterator", record(lambda: Branch))
    max_concurrency: int | str | Path | None = asl("MaxConcurrency", COUNT, path="MaxConcurrencyPath")
    tolerated_failure_count: int | str | Path | None = asl(
        "ToleratedFailureCount", COUNT, path="ToleratedFailureCountPath"
    )
    tolerated_failure_percentage: float | str | Path | None = asl(
        "ToleratedFailurePercentage", PERCENTAGE, path="ToleratedFailurePercentagePath"
    )
    result_writer: ResultWriter | None = asl("ResultWriter", record(ResultWriter))
    result_selector: JSON | Absent = asl("ResultSelector", SELECTOR, only=JSONPATH, default=ABSENT)
    result_path: str | None | Absent = asl("ResultPath", RESULT_PATH, only=JSONPATH, default=ABSENT)
    output_path: str | None | Absent = asl("OutputPath", PATH_OR_NULL, only=JSONPATH, default=ABSENT)
    assign: Mapping[str, JSON] | None = asl("Assign", VARIABLES)
    output: JSON | Absent = asl("Output", ANY, only=JSONATA, default=ABSENT)
    retry: tuple[Retrier, ...] | None = asl("Retry", list_of(Retrier))
    catch: tuple[Catcher, ...] | None = asl("Catch", list_of(Catcher))
    next: Transition = transition()
    extra: Mapping[str, JSON] = _extra()


State = Task | Pass | Choice | Wait | Succeed | Fail | Parallel | Map
STATE_TYPES: Mapping[str, type[State]] = {
    state.type: state for state in (Task, Pass, Choice, Wait, Succeed, Fail, Parallel, Map)
}


def _load_states(document: JSON) -> dict[str, State]:
    if not isinstance(document, dict):
        raise Malformed("must be an object of states")
    states = {}
    for name, state in document.items():
        with at(name):
            states[name] = load_state(state)
    return states


def load_state(document: JSON) -> State:
    """The state that a JSON object describes; raises `Malformed` when its Type is missing or unknown."""
    if not isinstance(document, dict):
        raise Malformed("must be an object")
    name = document.get("Type")
    state_type = STATE_TYPES.get(name) if isinstance(name, str) else None
    if state_type is None:
        raise Malformed(f"Type is {name!r}, must be one of {', '.join(STATE_TYPES)}")
    rest = {key: value for key, value in document.items() if key != "Type"}
    return load_record(state_type, rest)


def dump_state(state: State) -> JSON:
    """The JSON object of a state."""
    return dump_record(state, {"Type": state.type})


STATES = Codec(
    lambda language: {"$ref": f"#/$defs/{language.value}.States"},
    _load_states,
    lambda states: {name: dump_state(state) for name, state in states.items()},
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """A scope of states: a branch of a Parallel, or the processor of a Map. Its language is the definition's."""

    comment: str | None = asl("Comment", TEXT)
    processor_config: ProcessorConfig | None = asl("ProcessorConfig", record(ProcessorConfig))
    start_at: str = asl("StartAt", NAME, required=True)
    states: Mapping[str, State] = asl("States", STATES, required=True)
    extra: Mapping[str, JSON] = _extra()

    @property
    def is_distributed(self) -> bool:
        """Whether each iteration of the Map whose processor this is is an execution of its own."""
        return self.processor_config is not None and self.processor_config.mode == "DISTRIBUTED"


@dataclass(frozen=True, kw_only=True, slots=True)
class StateMachine:
    """A whole definition. `timeout_seconds` bounds the execution; when it strikes, no Catch runs."""

    comment: str | None = asl("Comment", TEXT)
    query_language: QueryLanguage | None = asl("QueryLanguage", LANGUAGE)
    version: str | None = asl("Version", TEXT)
    timeout_seconds: int | None = asl("TimeoutSeconds", POSITIVE_INTEGER)
    start_at: str = asl("StartAt", NAME, required=True)
    states: Mapping[str, State] = asl("States", STATES, required=True)
    extra: Mapping[str, JSON] = _extra()
