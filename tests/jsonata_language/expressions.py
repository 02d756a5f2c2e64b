"""Random expressions of JSONata with documents: every operator, every function, and arguments that do not fit.

The same seed gives the same cases. What is left out: names of JavaScript's object prototype, what depends on chance or
the clock, and texts with characters beyond 16 bits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import Any

SEED = 20_206
Case = dict[str, Any]
_NAMES = ("a", "b", "c", "d", "list", "x y", "0", "12", "name")
_TEXTS = (
    "", "a", "b", "abc", "Hello World", " two  words ", "12", "-3.5", "1e3", "0x1F", "true", "2024-01-31T10:11:12.345Z",
    "2024-02-29", "a,b,c", "äöü", "a+b&c=d/e?f", "YWJj", "%41%zz", "ab12cd345", "line\nbreak", "x", "zz", "10", "9",
)  # fmt: skip
_NUMBERS = (
    0,
    1,
    2,
    3,
    -1,
    -2,
    5,
    10,
    0.5,
    -0.5,
    1.5,
    2.5,
    7.25,
    100,
    1234.5678,
    0.1,
    1e10,
    123456789012345678,
    1e-7,
    1e21,
    3.0,
)
_PATTERNS = (
    r"/a/",
    r"/[0-9]+/",
    r"/(b)(c)?/",
    r"/L/i",
    r"/^a/m",
    r"/o|e/",
    r"/\\s+/".replace("\\\\", "\\"),
    r"/(\w)(\d)/",
    r"/x*/",
)
_MOMENTS = (0, 1, 1_706_695_872_345, -1, 951_782_400_000, 1_735_689_599_999, 1_609_459_200_000)
_INTEGER_PICTURES = ("0", "000", "#,##0", "I", "i", "A", "a", "W", "w", "Ww", "0;o", "w;o", "#:000", "\u0660", "1,2;o")
_NUMBER_PICTURES = ("0", "0.00", "#,##0.00", "#.##", "0%", "#0‰", "#,###;(#,###)", "0.0;-0.0", "x0y", "0,0.0", "#")
_MOMENT_PICTURES = (
    "[Y0001]-[M01]-[D01]", "[D1o] [MNn] [Y]", "[FNn], [D] [MNn,3-3] [Y]", "[H01]:[m01]:[s01].[f001]", "[h]:[m01] [P]",
    "[h1][PN] [Z]", "[Y]-W[W01]-[F1]", "[dwo] day of [Y]", "[X]/[x]/[w]", "[Y,2-2][M,2][D,2]", "[YI] [[x]]", "[C] [E]",
    "[z] [Z0101t]", "[Mn] [Fn,3]",
)  # fmt: skip


def cases(count: int, seed: int = SEED) -> Iterator[Case]:
    """So many cases: expressions, with the documents they are evaluated on."""
    random = Random(seed)
    for _ in range(count):
        writer = _Writer(random)
        yield {"expression": writer.any(random.randint(1, 4)), "document": writer.document}


class _Writer:
    """Writes one expression; each method gives one whose value is mostly of its kind."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._variables: list[str] = []
        self._in_item = False
        self.document = {name: self._json(3) for name in ("a", "b", "list", "x y", "name")}
        self.document["list"] = [self._object(2) for _ in range(random.randint(0, 4))]

    def _one(self, choices: Sequence[Any]) -> Any:
        return self._random.choice(choices)

    # Documents.

    def _json(self, depth: int) -> Any:
        kinds: list[Callable[[], Any]] = [lambda: self._one(_TEXTS), lambda: self._one(_NUMBERS)] * 3
        kinds += [lambda: self._one((True, False, None))]
        if depth:
            kinds += [lambda: self._object(depth - 1)] * 3
            kinds += [lambda: [self._json(depth - 1) for _ in range(self._random.randint(0, 3))]] * 2
            kinds += [lambda: [self._one(_NUMBERS) for _ in range(self._random.randint(0, 4))]]
        return self._one(kinds)()

    def _object(self, depth: int) -> dict[str, Any]:
        return {self._one(_NAMES): self._json(depth) for _ in range(self._random.randint(0, 4))}

    # Expressions.

    def any(self, depth: int) -> str:
        kinds = [self.number, self.text, self.boolean, self.array, self.object, self.path]
        if depth > 1:
            kinds += [self.block, self.choice, self.path, self.path, self.chain]
        if self._random.random() < 0.03:
            return str(self._one(("null", "missing", "$nothing", "$", "$$", "function($x){$x}", "$sum", "[]", "{}")))
        return str(self._one(kinds)(depth - 1))

    def _maybe(self, write: Callable[[int], str], depth: int) -> str:
        """An argument that mostly fits."""
        chance = self._random.random()
        if chance < 0.06:
            return self.any(min(depth, 1))
        return self.path(min(depth, 1)) if chance < 0.2 else write(depth)

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self._number()
        n, s, a = self._arguments(depth)
        return str(
            self._one(
                (
                    lambda: f"({n()} {self._one('+-*/%')} {n()})",
                    lambda: f"-({n()})",
                    lambda: f"${self._one(('abs', 'floor', 'ceil', 'sqrt', 'number', 'round'))}({n()})",
                    lambda: f"$round({n()}, {self._random.randint(-2, 3)})",
                    lambda: f"$power({n()}, {self._one((0, 1, 2, 3, 0.5, -1))})",
                    lambda: f"${self._one(('sum', 'max', 'min', 'average', 'count'))}({a()})",
                    lambda: f"$length({s()})",
                    lambda: f"$number({s()})",
                    lambda: (
                        f"$parseInteger({self._quoted(self._one(('12', 'XII', 'abc', '1,234', 'twelve', '007')))}, "
                        f"{self._quoted(self._one(_INTEGER_PICTURES))})"
                    ),
                    lambda: (
                        f"$toMillis({self._quoted(self._one(('2024-01-31', '2024-02-29T10:11:12Z', '2024-06-01T00:00:00+02:00', '2024', '2024-13-01', '2024-01-01 00:00:00')))})"
                    ),
                    lambda: (
                        f"$toMillis({self._quoted(self._one(('31/01/2024', '2024-01-31', 'January 5, 2024')))}, "
                        f"{self._quoted(self._one(('[D01]/[M01]/[Y0001]', '[Y]-[M]-[D]', '[MNn] [D], [Y]')))})"
                    ),
                    lambda: f"$reduce({a()}, function($i, $j){{{self._one(('$i + $j', '$i * $j', '$i'))}}})",
                )
            )()
        )

    def _arguments(self, depth: int) -> tuple[Callable[[], str], Callable[[], str], Callable[[], str]]:
        return (
            lambda: self._maybe(self.number, depth - 1),
            lambda: self._maybe(self.text, depth - 1),
            lambda: self._maybe(self.array, depth - 1),
        )

    def _number(self) -> str:
        if self._variables and self._random.random() < 0.3:
            return f"${self._one(self._variables)}"
        return json.dumps(self._one(_NUMBERS))

    def _quoted(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    def text(self, depth: int) -> str:
        if depth <= 0:
            return self._quoted(self._one(_TEXTS))
        n, s, a = self._arguments(depth)
        pattern = self._one(_PATTERNS)
        return str(
            self._one((
                lambda: f"({s()} & {self.any(depth - 1)})",
                lambda: f"$string({self.any(depth - 1)})",
                lambda: f"$string({self.object(depth - 1)}, true)",
                lambda: f"${self._one(('uppercase', 'lowercase', 'trim'))}({s()})",
                lambda: f"$substring({s()}, {self._random.randint(-4, 4)})",
                lambda: f"$substring({s()}, {self._random.randint(-4, 4)}, {self._random.randint(-1, 5)})",
                lambda: f"${self._one(('substringBefore', 'substringAfter'))}({s()}, {s()})",
                lambda: f"$pad({s()}, {self._random.randint(-8, 8)}{self._one(('', ', chr')).replace('chr', self._quoted(self._one(('#', '-=', ''))))})",
                lambda: f"$join($split({s()}, {self._one((self._quoted(','), self._quoted(''), pattern))}), {self._quoted('|')})",
                lambda: f"$join({a()}.$string(), {s()})",
                lambda: f"$replace({s()}, {pattern}, {self._quoted(self._one(('-', '[$0]', '$1$2', '$$', '<$10>', '$x')))})",
                lambda: f"$replace({s()}, {pattern}, function($m){{$uppercase($m.match) & $string($m.groups[0])}})",
                lambda: f"$replace({s()}, {s()}, {s()}{self._one(('', ', 1', ', 0'))})",
                lambda: f"${self._one(('base64encode', 'base64decode', 'encodeUrlComponent', 'encodeUrl', 'decodeUrl', 'decodeUrlComponent'))}({s()})",
                lambda: f"$formatNumber({n()}, {self._quoted(self._one(_NUMBER_PICTURES))})",
                lambda: f"$formatNumber({self._one((1, 0.5, 1234.5678, 1e10))}, {self._quoted(self._one(('00.000e0', '#0.0e00', '0e0')))})",
                lambda: f"$formatInteger({n()}, {self._quoted(self._one(_INTEGER_PICTURES))})",
                lambda: f"$formatBase({n()}, {self._one((2, 8, 16, 36, 10, 1))})",
                lambda: f"$fromMillis({self._one(_MOMENTS)})",
                lambda: f"$fromMillis({self._one(_MOMENTS)}, {self._quoted(self._one(_MOMENT_PICTURES))}{self._one(('', ', zone')).replace('zone', self._quoted(self._one(('+0200', '-0530', '0000'))))})",
                lambda: f"$type({self.any(depth - 1)})",
            ))()
        )  # fmt: skip

    def boolean(self, depth: int) -> str:
        if depth <= 0:
            return str(self._one(("true", "false")))
        n, s, a = self._arguments(depth)
        some = partial(self.any, depth - 1)
        return str(
            self._one(
                (
                    lambda: f"({n()} {self._one(('=', '!=', '<', '<=', '>', '>='))} {n()})",
                    lambda: f"({s()} {self._one(('=', '!=', '<', '<=', '>', '>='))} {s()})",
                    lambda: f"({some()} {self._one(('=', '!=', 'in'))} {some()})",
                    lambda: f"({some()} {self._one(('and', 'or'))} {some()})",
                    lambda: f"${self._one(('boolean', 'not', 'exists'))}({some()})",
                    lambda: f"$contains({s()}, {self._one((self._quoted(self._one(_TEXTS)), self._one(_PATTERNS)))})",
                    lambda: f"{n()} in {a()}",
                )
            )()
        )

    def array(self, depth: int) -> str:
        if depth <= 0:
            return f"[{', '.join(self._number() for _ in range(self._random.randint(0, 4)))}]"
        n, s, a = self._arguments(depth)
        some = partial(self.any, depth - 1)
        item = partial(self.item, depth - 1)
        return str(
            self._one(
                (
                    lambda: f"[{', '.join(some() for _ in range(self._random.randint(0, 3)))}]",
                    lambda: f"[{self._random.randint(-2, 2)}..{self._random.randint(-1, 5)}]",
                    lambda: f"$append({some()}, {some()})",
                    lambda: f"${self._one(('reverse', 'distinct', 'keys', 'spread'))}({some()})",
                    lambda: f"$zip({a()}, {a()})",
                    lambda: (
                        f"$sort({a()}{self._one(('', ', function($l, $r){$l > $r}', ', function($l, $r){$string($l) < $string($r)}'))})"
                    ),
                    lambda: f"$map({some()}, {self.function(depth - 1)})",
                    lambda: f"$filter({some()}, {self.function(depth - 1)})",
                    lambda: f"$each({self.object(depth - 1)}, function($v, $k){{$k & '=' & $string($v)}})",
                    lambda: f"$match({s()}, {self._one(_PATTERNS)}{self._one(('', ', 1'))})",
                    lambda: (
                        f"$split({s()}, {self._one((self._quoted(','), self._quoted(' '), self._one(_PATTERNS)))}{self._one(('', ', 2'))})"
                    ),
                    lambda: f"{some()}[{item()}]",
                    lambda: f"({some()})[{n()}]",
                    lambda: f"{self.path(1)}^({self._one(('', '>', '<'))}{item()})",
                    lambda: f"{self.path(depth - 1)}[]",
                )
            )()
        )

    def function(self, depth: int) -> str:
        if self._random.random() < 0.2:
            return f"${self._one(('string', 'uppercase', 'sum', 'number', 'keys', 'boolean', 'not', 'exists', 'type', 'length'))}"
        names = [("x",), ("x", "i"), ("x", "i", "l"), ()]
        parameters = self._one(names[:3] * 3 + names)
        before, self._variables = self._variables, [*self._variables, *parameters]
        body = self.any(depth)
        self._variables = before
        return f"function({', '.join(f'${name}' for name in parameters)}){{{body}}}"

    def object(self, depth: int) -> str:
        if depth <= 0:
            return f"{{{self._quoted(self._one(_NAMES))}: {self._number()}}}"
        some = partial(self.any, depth - 1)
        names = self._random.sample(_NAMES, self._random.randint(0, 3))
        return str(
            self._one(
                (
                    lambda: f"{{{', '.join(f'{self._quoted(name)}: {some()}' for name in names)}}}",
                    lambda: f"{{{', '.join(f'{self._quoted(name)}: {some()}' for name in names)}}}",
                    lambda: f"$merge([{self.object(depth - 1)}, {self.object(depth - 1)}])",
                    lambda: f"$sift({self.object(depth - 1)}, {self.function(depth - 1)})",
                    lambda: f"{self.path(1)}{{$string({self.item(depth - 1)}): {self.item(depth - 1)}}}",
                    lambda: f"$lookup({some()}, {self._quoted(self._one(_NAMES))})",
                    lambda: (
                        f"{self.object(depth - 1)} ~> |$|{{{self._quoted(self._one(_NAMES))}: {self.item(1)}}}{self._one(('', ', names')).replace('names', self._quoted(self._one(_NAMES)))}|"
                    ),
                    lambda: f"$clone({self.object(depth - 1)})",
                )
            )()
        )

    def _member(self) -> str:
        name = self._one(_NAMES)
        return f"`{name}`" if not name.isalpha() else str(name)

    def item(self, depth: int) -> str:
        """An expression about an item at hand."""
        return str(
            self._one(
                (
                    lambda: self._member(),
                    lambda: self._member(),
                    lambda: "$",
                    lambda: (
                        f"{self._member()} {self._one(('=', '>', '<', '!='))} {self._one((self.number, self.text))(0)}"
                    ),
                    lambda: f"$exists({self._member()})",
                    lambda: self.any(depth),
                )
            )()
        )

    def path(self, depth: int) -> str:
        starts = [self._member, self._member, lambda: "list", lambda: "list", lambda: "$", lambda: "$$", lambda: "*"]
        if depth > 0:
            starts += [
                lambda: f"({self.any(depth - 1)})",
                lambda: "**",
                lambda: f"${self._one(self._variables or ['v'])}",
            ]
        steps = [str(self._one(starts)())]
        for _ in range(self._random.randint(0, 3)):
            step: Callable[[], str] = self._one((
                lambda: f".{self._member()}", lambda: f".{self._member()}", lambda: f".{self._member()}",
                lambda: f"[{self._random.randint(-2, 2)}]", lambda: f"[{self.item(0)}]", lambda: ".*", lambda: ".**",
                lambda: f".({self.item(depth - 1)})" if depth > 0 else ".$", lambda: f".[{self.item(0)}]",
                lambda: f"#$i[$i {self._one('<>=')} 1]", lambda: f"@$v.{self._member()}.({self._one(('$v', '[$v, $]', '$'))})",
                lambda: f".{self._member()}.%.{self._member()}", lambda: f"^({self._one(('', '>'))}{self._member()})",
                lambda: f".{{{self._quoted(self._one(_NAMES))}: {self.item(0)}}}", lambda: f".$string({self._one(('', '$'))})",
            ))  # fmt: skip
            steps.append(step())
        return "".join(steps)

    def block(self, depth: int) -> str:
        name = self._one(("u", "v", "w"))
        first = self.any(depth)
        before, self._variables = self._variables, [*self._variables, name]
        second = self.any(depth)
        self._variables = before
        return f"(${name} := {first}; {second})"

    def choice(self, depth: int) -> str:
        otherwise = f" : {self.any(depth)}" if self._random.random() < 0.8 else ""
        return f"({self.boolean(depth)} ? {self.any(depth)}{otherwise})"

    def chain(self, depth: int) -> str:
        function = self._one(
            ("$string", "$uppercase", "$sum", "$count", "$keys", "$reverse", "$substring(1)", "$append(1)")
        )
        if self._random.random() < 0.2:
            function = self._one(("$string ~> $length", "$map(function($x){$x})", "$append(?, 2)", "$lookup(?, 'a')"))
        if self._random.random() < 0.1:
            return f"{self.text(depth)} ~> $string ~> {self._one(('$substring(?, 1)', '$substringBefore(?, ?)', '$pad(?, 8)'))}"
        return f"{self.any(depth)} ~> {function}"
