"""`cnnviz evaluate`: how well a stack does on a data set."""

from __future__ import annotations

import sys
from typing import Any

from cnnviz.cli._declaring import define
from cnnviz.cli._messages import print_json, print_paths, print_text, progress_bar, say
from cnnviz.cli._options import (
    choice_option,
    count_option,
    data_option,
    json_option,
    path_option,
    quiet_option,
    range_option,
    stack_options,
    threads_option,
)
from cnnviz.cli._requests import take_stack_request


@define(section="Train", place=2)
@stack_options
@path_option(
    "--weights",
    required="required but with a model file as CONFIG",
    metavar="FILE",
    show_default="the model file's",
    help="The weights: .h5, .pth or .safetensors.",
)
@data_option
@range_option(
    "--range", "range_", default="all", text="Which examples, as Python slices, such as 8000:10000, 8000: or -2000:."
)
@count_option("--batch-size", show_default="up to 256", help="Examples that go through the stack at a time.")
@choice_option(
    "--loss",
    "cross_entropy",
    "mse",
    show_default="the one that the stack is trained with",
    help="Which loss.",
)
@choice_option("--dtype", "float64", "float32", default="float32", help="Arithmetic of the forward pass.")
@threads_option("a batch")
@path_option(
    "--show", help="Also draw a sheet of examples with their labels, the worst mistakes first (.png, .svg, .pdf)."
)
@path_option("--confusion", help="Also draw the confusion matrix (.png, .svg, .pdf).")
@json_option
@quiet_option("Print accuracy and loss alone; twice: nothing but --json and errors.")
def command(
    data: Any,
    range_: slice | None,
    batch_size: int | None,
    loss: Any,
    show: Any,
    confusion: Any,
    as_json: bool,
    quiet: int,
    **options: Any,
) -> None:
    """Evaluate a stack with its weights on a data set: accuracy, loss, confusion matrix, mistakes.

    Of data in two parts the test part is taken: of MNIST the files t10k-*, of CIFAR-10 test_batch.bin, of an .npz
    x_test and y_test. Classes go by their names wherever the data and the stack, or its weights, have them.
    Probabilities are the stack's own, or the softmax of the scores that it ends in.

    The JSON document has accuracy (from 0 to 1), loss, confusion (rows are the truth, columns the predictions),
    classes, predictions (the first ten examples) and mistakes (the ten worst).

    \b
    Examples:
      cnnviz evaluate --config lenet5 --weights lenet5.h5 --data mnist/
      cnnviz evaluate -c mystack.yaml --weights w.h5 --data pictures/ --show mistakes.png --json
    """  # noqa: D301
    from cnnviz.io.targets import check_apart
    from cnnviz.render.evaluation.text import summary, to_text
    from cnnviz.render.kit.figures import check_figure
    from cnnviz.workflows.evaluation.evaluate import evaluate
    from cnnviz.workflows.evaluation.figures import draw_confusion, draw_examples

    check_apart({"--show": show, "--confusion": confusion})
    for path in (show, confusion):
        check_figure(path)
    with _ProgressBar(quiet) as progress:
        found = evaluate(take_stack_request(options), data, range_ or slice(None), batch_size, loss, progress)
    if quiet < 2:
        for remark in found.remarks:
            say(remark)
    if confusion is not None:
        draw_confusion(found, confusion)
    if show is not None:
        draw_examples(found, show)
    if as_json:
        from cnnviz.render.evaluation.json import to_json

        print_json(to_json(found.evaluation))
    elif quiet < 2:
        print_text(summary(found.evaluation) if quiet else to_text(found.evaluation), end="")
        if not quiet:
            print_paths(confusion, show)


class _ProgressBar:
    """A bar on a terminal."""

    def __init__(self, quiet: int) -> None:
        self._wanted = not quiet and sys.stderr.isatty()
        self._bar: Any = None

    def __enter__(self) -> _ProgressBar:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, done: int, total: int) -> None:
        if self._wanted and self._bar is None:
            self._bar = progress_bar(total, "example", leave=False)
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
