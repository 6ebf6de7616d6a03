"""msgspec looks at types when they are first used, unguarded: decoders are built while modules are imported."""

from __future__ import annotations

import ast
from pathlib import Path

import cnnviz


def test_no_decoder_is_built_while_threads_may_run() -> None:
    wrong = []
    for path in Path(cnnviz.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call):
                    name = ast.unparse(call.func)
                    typed = any(keyword.arg == "type" for keyword in call.keywords)
                    if name.endswith("json.Decoder") or (name.endswith("json.decode") and typed):
                        wrong.append(f"{path}:{call.lineno}")
    assert not wrong
