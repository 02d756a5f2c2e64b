"""Random texts that were expressions once: words are put in, taken out and exchanged, so that most break a rule.

The same seed gives the same texts. What they find is how words are cut and how parts of a path go together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from tests.jsonata_language.expressions import Case, cases

_SIMPLE = (
    "a", "b.c", "a.b", "b", "$", "list", "$x", "*", "(a.b)", "a.c", "**", "[1,2,3]", "(a)", '"s"', "5", '{"a":1}',
)  # fmt: skip
_PUT_IN = (
    "[]", "[0]", "@$v", "#$i", "%", ".%", "^(a)", "^(b)", '{"k":$}', ".", "..", "(", ")", "[", "]", "{", "}", "*", "**",
    "|", "?", ":", ":=", "~>", "and", "or", "in", "/", "/a/", "!", "~", '"s"', "'", "`x`", "-", "1", "null", "$", "$$",
    "function($x){$x}", "<n:n>", ";", ",", "\\", "/*c*/", "[%.a=1]", "[a=1]", ".(a)", ".$v", "[$i=0]", ".%.%",
    ".(%.b)", "(a;b)", ".*", ".[1,2]", '.{"z":a}', "[[0,1]]", "-5[0]", ".b[]", "()", "[1..3]",
    "function($a,$b)<n-s?:x>{$a}", "$f(?,1)",
)  # fmt: skip
_WORD = re.compile(r'\$?\w+|"[^"]*"|\S|\s+')
_DOCUMENT = {
    "a": [{"b": 1, "c": [1, 2]}, {"b": 2, "c": 3, "a": {"b": 5}}],
    "b": {"c": "x", "a": [3, 4]},
    "list": [1, [2, 3], {"a": 1}],
    "c": "s",
}


def mistakes(count: int, seed: int) -> Iterator[Case]:
    """So many cases."""
    random = Random(seed)
    for case in cases(count, seed):
        text = case["expression"] if random.random() < 0.5 else random.choice(_SIMPLE)
        words = _WORD.findall(text)
        for _ in range(random.randint(1, 4)):
            _change(words, random)
        document = random.choice((_DOCUMENT, [_DOCUMENT, _DOCUMENT], [1, 2, 3]))
        yield {"expression": "".join(words), "document": document, "bindings": {"x": random.choice((1, "s", [1, 2]))}}


def _change(words: list[str], random: Random) -> None:
    place, chance = random.randrange(len(words) + 1), random.random()
    if chance < 0.7 or not words:
        words.insert(place if chance < 0.35 else len(words), random.choice(_PUT_IN))
    elif chance < 0.85:
        del words[place % len(words)]
    else:
        words[place % len(words)] = random.choice(_PUT_IN)
