"""What the Python that keyflow writes may consist of: its own calls, with literals. Nothing else is ever executed."""

from __future__ import annotations

import ast

_EXPRESSIONS = (
    ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.keyword, ast.Dict, ast.List, ast.Tuple, ast.Subscript,
    ast.Compare, ast.BinOp, ast.UnaryOp, ast.expr_context, ast.cmpop, ast.operator, ast.unaryop, ast.Slice, ast.Starred,
)  # fmt: skip
_STATEMENTS = (ast.Assign, ast.Expr, ast.With, ast.withitem, ast.Pass, ast.ImportFrom, ast.alias)
_OWN_METHODS = frozenset((
    "task", "pass_state", "wait", "succeed", "fail", "parallel", "branch", "map", "when", "otherwise", "go_to", "end",
    "state", "on_error", "variable", "data", "context", "with_role", "wait_for_task_token", "sync", "errors", "matches",
    "is_present", "is_null", "is_string", "is_number", "is_boolean", "is_timestamp", "is_true", "is_false", "as_string",
    "as_number", "as_boolean", "as_timestamp", "invoke", "array", "array_partition", "array_contains", "array_range",
    "array_get_item", "array_length", "array_unique", "base64_encode", "base64_decode", "hash", "json_merge",
    "json_to_string", "string_to_json", "math_random", "math_add", "string_split", "uuid",
))  # fmt: skip


def foreign_parts(source: str) -> list[str]:
    """What a generated module has that keyflow does not write; raises `SyntaxError` where it is no Python."""
    tree = ast.parse(source)
    compile(source, "generated.py", "exec")
    known: set[str] = set()
    services: set[str] = set()
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, *_STATEMENTS, *_EXPRESSIONS)):
            found.append(type(node).__name__)
        if isinstance(node, ast.ImportFrom):
            if node.module not in ("keyflow", "keyflow.aws") or any(each.asname for each in node.names):
                found.append(f"from {node.module}")
            known |= {each.name for each in node.names}
            services |= {each.name for each in node.names if node.module == "keyflow.aws"}
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            known.add(node.id)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in known:
            found.append(node.id)
        if isinstance(node, ast.Attribute) and node.attr not in _OWN_METHODS:
            root = (
                node.value.value
                if isinstance(node.value, ast.Attribute) and node.value.attr == "errors"
                else node.value
            )
            if node.attr.startswith("_") or not (isinstance(root, ast.Name) and root.id in services):
                found.append(f".{node.attr}")
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call | ast.Constant):
            found.append(ast.dump(node)[:80])
    return found
