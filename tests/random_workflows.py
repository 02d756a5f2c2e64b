"""Random workflows, written through the DSL: nested branches, alternatives, handlers, declared failures, data flow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, Literal

from keyflow import Retry, Workflow, format
from keyflow.aws import apigateway, iot
from keyflow.aws.calls import OperationCall
from keyflow.dsl.tasks import Task

FLAGS = 4
ONCE = Retry(max_attempts=0)
MOST_CALLS = 16
"""Where a block stops. Runs grow with the square of an execution's calls, those of each iteration and round included."""


def id_of(task: Task) -> Any:
    """What names the thing that a task has made."""
    return task["thingId"] if task.call.label.endswith("create_thing") else task["id"]


def declared(task: Task) -> str:
    """An error of a task that its service's model does not have, and that its workflow may handle."""
    assert isinstance(task.call, OperationCall)
    return task.call.unmodelled_error.partition(".")[0] + ".Custom"


class RandomWorkflow:
    """One random workflow; the same randomness gives the same one.

    A `wild` one also retries, and handles every error; one with `maps` has rounds, and iterations over the input's `list`
    or a list of a result.
    """

    def __init__(
        self,
        random: Random,
        *,
        name: str = "Random",
        wild: bool = False,
        maps: bool = False,
        jsonata: bool = False,
    ) -> None:
        self._random = random
        self._wild = wild
        self._maps = maps
        self._count = 0
        self._calls = 0
        self._times = 1
        self._rounds = 0
        self._items: list[Any] = []
        self._named = True
        self._findable = True
        schedules: list[Literal["written", "dataflow"]] = ["written", "written", "dataflow"]
        schedule = self._random.choice(schedules)
        language: Literal["JSONPath", "JSONata"] = "JSONata" if jsonata else "JSONPath"
        self.workflow = Workflow(name, type="STANDARD", schedule=schedule, query_language=language)
        self._me = self.workflow.context["Execution"]["Name"]
        self._places: list[Any] = []
        available = self._steps([], depth=0)
        if not self._count:
            self._task(available)
        self.workflow.succeed({"ids": [id_of(task) for task in available]} if available else None)

    def _steps(self, available: list[Task], depth: int) -> list[Task]:
        """Writes some steps; gives the tasks whose results can be used behind them."""
        available = list(available)
        for index in range(self._random.randint(1, 4 - depth)):
            if index and self._calls >= MOST_CALLS:  # a block has one step at least
                break
            kinds = ["task", "task", "task", "fail_if"] + ["parallel", "parallel", "when"] * (depth < 2)
            kinds += ["map", "map", "repeat"] * (self._maps and depth < 2)
            match self._random.choice(kinds):
                case "task":
                    available += self._task(available)
                case "fail_if":
                    self._fail_if()
                case "parallel":
                    available += self._parallel(available, depth)
                case "when":
                    self._when(available, depth)
                case "map":
                    self._map(available, depth)
                case "repeat":
                    available += self._repeat(available, depth)
        return available

    @contextmanager
    def _several_times(self) -> Iterator[None]:
        """What is written inside runs for each of two items, or in two rounds."""
        self._times *= 2
        yield
        self._times //= 2

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _key(self, name: Any) -> Any:
        return apigateway.create_api_key(name=name, description=self._mine())

    def _mine(self) -> Any:
        """What only this execution writes, and in a map only this iteration."""
        return format("-".join(["{}"] * (len(self._places) + 1)), self._me, *self._places) if self._places else self._me

    def _task(self, available: list[Task]) -> list[Task]:
        number = self._next()
        self._calls += self._times
        needed = self._random.choice([*available, None, None])
        name = f"key {number}" if needed is None else id_of(needed)
        if self._items and self._random.random() < 0.5:
            name = self._items[-1]
        after = [self._random.choice(available)] if available and self._random.random() < 0.15 else []
        attempts = self._random.randint(1, 2) if self._wild and self._random.random() < 0.3 else 0
        compensations = 0 if self._rounds else self._random.choice([0, 1, 1, 2])
        named = [f"thing {number}", *self._places]  # what goes by a name is undone without its result
        goes_by_name = bool(compensations) and self._named and self._random.random() < 0.3
        own = format("-".join(["{}"] * (len(named) + 1)), self._me, *named)
        made = iot.create_thing(thingName=own) if goes_by_name else self._key(name)
        throttled = (iot.errors.ThrottlingException if goes_by_name else apigateway.errors.TooManyRequestsException,)
        errors = throttled if compensations else ("States.ALL",)  # what may have been made is not made again
        retry = [Retry(errors=errors, max_attempts=attempts)] if attempts else []
        task = self.workflow.task(f"T{number}", made, retry=retry, after=after)
        for index in range(compensations):
            is_last = index == compensations - 1
            if goes_by_name:
                undo = iot.delete_thing(thingName=own) if is_last else iot.update_thing(thingName=own)
            elif is_last:
                undo = apigateway.delete_api_key(apiKey=task["id"])
            else:
                undo = apigateway.update_api_key(apiKey=task["id"])
            # JSONPath compares no joined texts, and what batches make has nothing by which it could be found.
            is_told = self._findable and (not self._places or self.workflow.query_language == "JSONata")
            looks = not goes_by_name and task.lookup is None and self._wild and self._random.random() < 0.4 and is_told
            find: dict[str, Any] = {"find": apigateway.get_api_keys(), "mine": {"description": self._mine()}}
            task.compensate(f"U{number}.{index}", undo, retry=ONCE, **(find if looks else {}))
        if not compensations:
            task.keep("nobody minds")
        match self._random.randint(0, 7):
            case 0:
                with task.on_error(declared(task)):
                    self.workflow.fail(f"Declared{number}", "as declared")
            case 1:
                with task.on_error(declared(task)) as error:
                    self.workflow.task(f"H{number}", self._key(error["Error"])).keep("nobody minds")
                return []
            case 2 if self._wild:
                with task.on_error():
                    self.workflow.fail(f"Any{number}", "whatever happened")
            case 3 if self._wild:
                with task.on_error("States.Timeout") as error:
                    self.workflow.task(f"H{number}", self._key(error["Error"])).keep("nobody minds")
                if self._random.random() < 0.5:  # else the other errors of an unknown outcome go to the ladder
                    with task.on_error():
                        self._steps(available, depth=2)
                return []
        return [task]

    def _fail_if(self) -> None:
        flag = self.workflow.input[f"flag{self._random.randrange(FLAGS)}"]
        self.workflow.fail_if(flag == True, f"Flag{self._next()}", "the flag was set")  # noqa: E712

    def _parallel(self, available: list[Task], depth: int) -> list[Task]:
        made = []
        with self.workflow.parallel(f"P{self._next()}"):
            for _ in range(self._random.randint(2, 3)):
                if self._random.random() < 0.5:
                    made += self._task(available)
                else:
                    with self.workflow.branch(f"B{self._next()}"):
                        inner = self._steps(available, depth + 1)
                        made += [task for task in inner if task not in available]
        return made

    def _map(self, available: list[Task], depth: int) -> None:
        options: dict[str, Any] = {"distributed": "STANDARD"} if self._random.random() < 0.2 else {}
        if depth == 0 and self._random.random() < 0.4:
            options["tolerated_failures"] = 1
        if options.get("distributed") and self._random.random() < 0.4:
            options["batch_of"] = self._random.choice([1, 2, 5])
        keys = [task for task in available if task.call.label.endswith("create_api_key")]
        of_result = bool(keys) and self._random.random() < 0.3
        over = self._random.choice(keys)["stageKeys"] if of_result else self.workflow.input["list"]
        with self.workflow.map(f"M{self._next()}", over, **options) as each, self._several_times():
            if "batch_of" in options:
                self._batch(each, available, of_result=of_result)
            else:
                self._iteration(each, available, depth + 1, of_result=of_result)

    def _batch(self, each: Any, available: list[Task], *, of_result: bool) -> None:
        """What is done with a batch, and with each of its items.

        Neither has a place that no other one has: nothing that goes by a name is made of them, handlers included.
        """
        named, self._named, self._findable = self._named, False, False
        self._task(available)
        self._findable = True
        with self.workflow.map(f"M{self._next()}", each.items) as inner, self._several_times():
            self._iteration(inner, available, depth=3, of_result=of_result)
        self._named = named

    def _iteration(self, each: Any, available: list[Task], depth: int, *, of_result: bool) -> None:
        """What is done with each item: a text of a result, or an object with a flag."""
        if of_result:
            self._items.append(each.item)
        self._places.append(each.index)
        self._task(available)
        if not of_result and self._random.random() < 0.4:
            with self.workflow.when(each["flag"] == True):  # noqa: E712
                self.workflow.fail(f"Item{self._next()}", "the item is flagged")
        if depth < 3:
            self._steps(available, depth)
        elif not of_result:
            self.workflow.fail_if(each["flag"] == True, f"Item{self._next()}", "it is flagged")  # noqa: E712
        self._places.pop()
        if of_result:
            self._items.pop()

    def _repeat(self, available: list[Task], depth: int) -> list[Task]:
        number, flag = self._next(), self.workflow.input[f"flag{self._random.randrange(FLAGS)}"]
        with self.workflow.repeat(f"R{number}", at_most=2, error=f"Rounds{number}", cause="too many") as rounds:
            self._rounds += 1
            with self._several_times():
                made = self._task(available)
                inner = self._steps([*available, *made], depth + 1)
            self._rounds -= 1
            rounds.until(made[0]["enabled"] == True if made else flag == True)  # noqa: E712
        return [task for task in inner if task not in available]

    def _when(self, available: list[Task], depth: int) -> None:
        flag = self.workflow.input[f"flag{self._random.randrange(FLAGS)}"]
        with self.workflow.when(flag == True):  # noqa: E712
            self._steps(available, depth + 1)
        if self._random.random() < 0.5:
            with self.workflow.otherwise():
                self._steps(available, depth + 1)
