"""What must not be used for the first time by several threads at once.

msgspec looks at types when they are first used, unguarded: decoders are built while modules are imported.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import cnnviz


def test_no_decoder_is_built_while_threads_may_run() -> None:
    wrong = []
    for path in Path(cnnviz.__file__).parent.rglob("*.py"):
        text = path.read_text()
        if "Decoder(" not in text and ".decode(" not in text:
            continue
        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                    name = call.func.attr
                    typed = any(keyword.arg == "type" for keyword in call.keywords)
                    if name == "Decoder" or (name == "decode" and typed):
                        wrong.append(f"{path}:{call.lineno}")
    assert not wrong


def test_opencv_is_imported_once_and_leaves_the_environment_alone() -> None:
    code = """
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from cnnviz.io.opencv import cv2
before, barrier = dict(os.environ), Barrier(8)
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda _: (barrier.wait(), cv2()), range(8)))
assert not [name for name in dict(os.environ).keys() - before.keys() if name.startswith("OPENCV_IO")]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
