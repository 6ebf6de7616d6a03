"""What `cnnviz run` says: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, TextIO

from cnnviz.cli._messages import print_json, print_text, progress_bar, say, say_error
from cnnviz.cli._statuses import REFUSED, SOME_FAILED
from cnnviz.io.files import show_path
from cnnviz.outputs.names import PAGE
from cnnviz.outputs.sources import Source
from cnnviz.wording import plural
from cnnviz.workflows.run.job import ImageResult, Job, Status

_WORDS: dict[Status, str] = {"ok": "ok", "up_to_date": "up to date", "failed": "failed"}
_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


class RunPrinter:
    """Says what becomes of each image as it comes, and sums up at the end.

    Attributes:
        status: The exit status.
        page: The page to look at, of the one image or of all; None where there is none.
    """

    def __init__(
        self,
        job: Job,
        sources: Sequence[Source],
        as_json: bool,
        as_jsonl: bool,
        progress: str,
        quiet: int,
        verbose: int,
    ) -> None:
        self.status = 0
        self.page: str | None = None
        self._job = job
        self._total = len(sources)
        self._as_json, self._as_jsonl = as_json, as_jsonl
        self._quiet, self._verbose = quiet, verbose
        self._results: list[dict[str, Any]] = []
        self._counts = {"ok": 0, "up_to_date": 0, "failed": 0}
        self._said: set[str] = set()
        self._start = self._last = time.monotonic()
        self._bar: Any = None
        wanted = progress == "on" or (progress == "auto" and self._total > 1 and not quiet)
        self._lines = wanted and not sys.stderr.isatty()
        if wanted and sys.stderr.isatty():
            self._bar = progress_bar(self._total, "image")

    def __enter__(self) -> RunPrinter:
        if self._verbose:
            self.say(
                f"{plural(self._total, 'image')} through {self._job.stack.name} into {show_path(str(self._job.output))}"
            )
        self._remarks()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        self._remarks()
        if kind is not None:
            return
        counts = self._counts
        if self._as_json:
            document = {"output": str(self._job.output), "images": self._results, "summary": counts}
            print_json(json.dumps(document, indent=2), end="\n")
        if self._total > 1 and not self._quiet:
            seconds = time.monotonic() - self._start
            summary = f"{counts['ok']} ok, {counts['up_to_date']} up to date, {counts['failed']} failed"
            overview = self._job.output.path and self._job.output.path / PAGE
            where = f"; overview: {show_path(overview)}" if overview else ""
            say(f"{summary} in {seconds:.1f} s{where}")
        if self._total > 1:
            self.page = str(self._job.output / PAGE)
        if counts["failed"]:
            self.status = SOME_FAILED if self._total > 1 else REFUSED

    def add(self, result: ImageResult) -> None:
        """Say what became of an image."""
        self._counts[result.status] += 1
        if self._total == 1 and result.opens == PAGE:
            self.page = str(self._job.output / result.folder / PAGE)
        self._remarks()
        for warning in result.warnings:
            self.say(f"{result.file}: {warning}")
        if self._verbose:
            self.say(f"{result.file}: {_WORDS[result.status]} in {result.seconds:.3f} s")
        line = {name: getattr(result, name) for name in ("file", "folder", "status", "message")}
        line["seconds"] = round(result.seconds, 3)
        if self._as_json:
            self._results.append(line)
        elif self._as_jsonl:
            self._print(sys.stdout, print_json, json.dumps(line), "\n")
        elif self._total > 1:
            if self._quiet < (2 if result.status == "failed" else 1):
                self._print(sys.stdout, print_text, _line(result))
        elif result.status != "failed":
            if not self._quiet:
                self._print(sys.stdout, print_text, result.text)
                if result.recognised:
                    self._print(sys.stdout, print_text, f"recognised: {result.recognised}")
            if self._quiet < 2:
                self._print(sys.stdout, print_text, show_path(str(self._job.output / result.folder / result.opens)))
        if result.status == "failed" and (self._total == 1 or self._quiet > 1):
            self._print(sys.stderr, say_error, result.message if self._total == 1 else _failure(result))
        self._progress()

    def say(self, message: str) -> None:
        """Say something on stderr, unless it was to be quiet."""
        if self._quiet < 2:
            self._print(sys.stderr, say, message)

    def _remarks(self) -> None:
        for remark in self._job.preparation.remarks:
            if remark not in self._said:
                self._said.add(remark)
                self.say(remark)

    def _print(self, stream: TextIO, printing: Callable[..., None], *arguments: str) -> None:
        """Print something beside the bar."""
        with nullcontext() if self._bar is None else self._bar.external_write_mode(file=stream):
            printing(*arguments)

    def _progress(self) -> None:
        if self._bar is not None:
            self._bar.update()
        elif self._lines and time.monotonic() - self._last > _EVERY:
            self._last = time.monotonic()
            done = sum(self._counts.values())
            rate = done / (self._last - self._start)
            left = (self._total - done) / rate
            say(f"{done} of {self._total}, {rate:.1f} a second, {left:.0f} s left")


def _line(result: ImageResult) -> str:
    seen = f"  recognised: {result.recognised}" if result.recognised else ""
    return f"{_WORDS[result.status]:<10}  {_failure(result) if result.message else show_path(result.folder)}{seen}"


def _failure(result: ImageResult) -> str:
    """Say why an image failed; most messages begin with its name."""
    name = f"{result.file}: "
    return name + result.message.removeprefix(name)
