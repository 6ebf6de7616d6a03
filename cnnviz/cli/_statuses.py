"""The exit statuses: what each one means, and its number."""

from __future__ import annotations

DONE, DIFFERS, REFUSED, SOME_FAILED, NOT_WRITTEN, BUG = 0, 1, 2, 3, 4, 70
INTERRUPTED, READER_GONE, TERMINATED = 130, 141, 143

MEANINGS = {
    DONE: "Done. `compare`: there is no difference beyond the limits.",
    DIFFERS: "`compare`: the outputs differ. `import --check`: the other program gives something else.",
    REFUSED: "Bad usage, configuration, weights or data; a named input that does not exist; no image found; the only "
    "image failed; a training that failed. No output was written, but of a training what was good until then.",
    SOME_FAILED: "Of several images some or all failed; `failures.jsonl` says which and why. `accept`: an image of the "
    "baseline fails now.",
    NOT_WRITTEN: "An output could not be written: a full disk, a read-only place, what is not a folder, a file in the "
    "way that is not replaced. Results could not be printed on stdout.",
    BUG: "A bug in cnnviz, or a value that `explain` and the forward pass do not agree on, which is one.",
    INTERRUPTED: "Interrupted (Ctrl-C, SIGINT).",
    READER_GONE: "The reader of stdout went away, as in `cnnviz configs | head -1`.",
    TERMINATED: "Terminated (SIGTERM).",
}
