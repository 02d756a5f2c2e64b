"""Flowcharts of Mermaid."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyflow.render import graph, mermaid
from tests.render.pictures import TRIP, one_state

EXPECTED = """\
flowchart TD
    start(( )) --> s1
    s1["Book ↩<br/>dynamodb:putItem"]
    s2{{"Paid?<br/>choice"}}
    subgraph s3["Both<br/>parallel, 2 branches"]
        subgraph s3b1["branch 1"]
            s3b1start(( )) --> s4
            s4["Mail<br/>pass"]
        end
        subgraph s3b2["branch 2"]
            s3b2start(( )) --> s5
            s5("Text<br/>wait 5 s")
        end
    end
    s6(["Unpaid<br/>fail: Unpaid"])
    s7["Unbook<br/>dynamodb:deleteItem"]
    s8(["Failed<br/>fail: Failed"])
    s1 --> s2
    s1 -. "Full, States.Timeout" .-> s7
    s2 -- "$.paid = true" --> s3
    s2 -- "otherwise" --> s6
    s7 --> s8
    classDef compensation fill:#fff6ec,stroke:#b4540a,color:#1f2933
    class s7 compensation
    classDef failure fill:#fef1f1,stroke:#b91c1c,color:#1f2933
    class s6,s8 failure
"""
LINE = re.compile(
    r"flowchart TD|end"
    r"|(?:s\d+b\d+)?start\(\( \)\) --> s\d+"
    r'|(?:subgraph )?s\d+(?:b\d+)?(?:\[|\(|\(\[|\{\{)"[^"\[\]{}`\\]*"(?:\]|\)|\]\)|\}\})'
    r'|s\d+ (?:-->|-- "[^"\[\]{}`\\]*" -->|-\.->|-\. "[^"\[\]{}`\\]*" \.->) s\d+'
    r"|classDef [a-z]+ [a-z0-9#:,\- ]+|class [s\d,]+ [a-z]+"
)


def test_a_definition_as_a_flowchart() -> None:
    assert mermaid(graph(TRIP)) == EXPECTED


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ('"];click s1 "javascript:alert(1)"', "#34;#93;#59;click s1 #34;javascript:alert(1)#34;"),
        ("%%{init: {}}%%", "#37;#37;#123;init: #123;#125;#125;#37;#37;"),
        ("<b>&amp;</b>", "#60;b#62;#38;amp#59;#60;/b#62;"),
        ("`*_x_*`", "#96;#42;#95;x#95;#42;#96;"),
        ("a\nb", "a␊b"),
        ("1. one", "#49;. one"),
        ("- one", "#45; one"),
        ("set-up of 2. part", "set-up of 2. part"),
        ("$$x$$ $.y", "#36;#36;x#36;#36; $.y"),
        ("end", "end"),
        ("Größe", "Größe"),
    ],
)
def test_names_mean_nothing_to_mermaid(name: str, written: str) -> None:
    """Each was drawn with Mermaid 11."""
    assert f'    s1(["{written}<br/>succeed"])\n' in mermaid(graph(one_state(name)))


@settings(deadline=None)
@given(name=st.text(max_size=60), label=st.text(max_size=60))
def test_each_line_is_one_that_is_known(name: str, label: str) -> None:
    catch = [{"ErrorEquals": [label], "Next": name}]
    definition = one_state(name, Type="Parallel", Branches=[one_state(label)], Catch=catch, Next=label)
    lines = mermaid(graph(definition)).removesuffix("\n").split("\n")
    assert [line for line in lines if not LINE.fullmatch(line.strip())] == []
