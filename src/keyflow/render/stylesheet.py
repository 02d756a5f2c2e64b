"""The look of pictures: all of it by class, so that a page with a strict policy for content can link it."""

STYLESHEET = """\
.keyflow-graph { --ground: #ffffff; --box: #ffffff; --text: #1f2933; --quiet: #5b6875; --line: #52606d;
  --edge: #7b8794; --inside: #f5f7fa; --undo: #b4540a; --undo-box: #fff6ec; --undo-inside: #fffaf4; --fail: #b91c1c;
  --fail-box: #fef1f1; --choice: #1d4ed8; --good: #15803d; --good-box: #effaf2;
  background: var(--ground); font-family: "Helvetica Neue", Arial, "Liberation Sans", "DejaVu Sans", sans-serif; }
@media (prefers-color-scheme: dark) { .keyflow-graph:not(.light) { --ground: #14181d; --box: #1d242c; --text: #e4e9ee;
  --quiet: #a2aebb; --line: #8796a5; --edge: #8796a5; --inside: #181e24; --undo: #f0a35e; --undo-box: #2d2418;
  --undo-inside: #211c15; --fail: #f58a8a; --fail-box: #311c1e; --choice: #8fb4ff; --good: #6fcf8b;
  --good-box: #17291d; } }
.keyflow-graph.dark { --ground: #14181d; --box: #1d242c; --text: #e4e9ee; --quiet: #a2aebb; --line: #8796a5;
  --edge: #8796a5; --inside: #181e24; --undo: #f0a35e; --undo-box: #2d2418; --undo-inside: #211c15; --fail: #f58a8a;
  --fail-box: #311c1e; --choice: #8fb4ff; --good: #6fcf8b; --good-box: #17291d; }
.keyflow-graph .shape { fill: var(--box); stroke: var(--line); stroke-width: 1.25; }
.keyflow-graph .frame { fill: var(--inside); stroke: var(--line); stroke-width: 0.75; stroke-dasharray: 2 3; }
.keyflow-graph text { fill: var(--text); font-size: 13px; text-anchor: middle; }
.keyflow-graph text.detail { fill: var(--quiet); font-size: 11px; }
.keyflow-graph text.label { fill: var(--quiet); font-size: 11px; }
.keyflow-graph text.badge { fill: var(--undo); font-size: 13px; text-anchor: end; }
.keyflow-graph text.mark, .keyflow-graph text.sign { font-size: 14px; font-weight: bold; text-anchor: end; }
.keyflow-graph .edge path { fill: none; stroke: var(--edge); stroke-width: 1.25; }
.keyflow-graph .edge path.head { fill: var(--edge); stroke: none; }
.keyflow-graph .edge.catch path { stroke-dasharray: 5 4; }
.keyflow-graph .edge.catch path.head { stroke-dasharray: none; }
.keyflow-graph .dot, .keyflow-graph .end { fill: var(--line); stroke: var(--line); }
.keyflow-graph .ring { fill: none; stroke: var(--line); stroke-width: 1.25; }
.keyflow-graph .from-start { stroke: var(--line); stroke-width: 1.25; }
.keyflow-graph .choice > .shape { stroke: var(--choice); }
.keyflow-graph .succeed > .shape { stroke: var(--good); fill: var(--good-box); }
.keyflow-graph .compensation .shape { fill: var(--undo-box); stroke: var(--undo); }
.keyflow-graph .compensation .frame { fill: var(--undo-inside); stroke: var(--undo); }
.keyflow-graph .compensation .edge path { stroke: var(--undo); }
.keyflow-graph .compensation .edge path.head { fill: var(--undo); stroke: none; }
.keyflow-graph .compensation .dot, .keyflow-graph .compensation .end { fill: var(--undo); stroke: var(--undo); }
.keyflow-graph .compensation .ring, .keyflow-graph .compensation .from-start { stroke: var(--undo); }
.keyflow-graph .failure > .shape { fill: var(--fail-box); stroke: var(--fail); }
.keyflow-graph .missing > .shape { stroke-dasharray: 3 3; }
.keyflow-graph .added > .shape { stroke: var(--good); stroke-width: 2.5; }
.keyflow-graph .removed > .shape { stroke: var(--fail); stroke-width: 2.5; stroke-dasharray: 6 4; }
.keyflow-graph .changed > .shape { stroke: var(--choice); stroke-width: 2.5; }
.keyflow-graph .edge.added path { stroke: var(--good); stroke-width: 2.25; }
.keyflow-graph .edge.removed path { stroke: var(--fail); stroke-width: 2.25; }
.keyflow-graph .edge.changed path { stroke: var(--choice); stroke-width: 2.25; }
.keyflow-graph .edge.added path.head, .keyflow-graph .added > text.sign { fill: var(--good); stroke: none; }
.keyflow-graph .edge.removed path.head, .keyflow-graph .removed > text.sign { fill: var(--fail); stroke: none; }
.keyflow-graph .edge.changed path.head, .keyflow-graph .changed > text.sign { fill: var(--choice); stroke: none; }
.keyflow-graph .mark-succeeded > .shape { stroke: var(--good); stroke-width: 2.5; }
.keyflow-graph .mark-failed > .shape { stroke: var(--fail); stroke-width: 2.5; }
.keyflow-graph .mark-caught > .shape { stroke: var(--undo); stroke-width: 2.5; }
.keyflow-graph .mark-succeeded > text.mark { fill: var(--good); }
.keyflow-graph .mark-failed > text.mark { fill: var(--fail); }
.keyflow-graph .mark-caught > text.mark { fill: var(--undo); }
"""
"""CSS for what `svg` draws. Light and dark follow the reader's setting; the class `light` or `dark` forces one."""
