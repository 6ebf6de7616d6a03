"""`cnnviz train`: train a stack on a data set."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import click

from cnnviz.cli._declaring import define, option
from cnnviz.cli._options import (
    data_option,
    quiet_option,
    range_option,
    stack_options,
    stack_request,
    threads_option,
)
from cnnviz.cli._types import FiniteRange, PathType

_FRACTION = FiniteRange(0, 1, max_open=True)


@define(section="Train", place=1)
@stack_options
@data_option
@option("-o", "--output", type=PathType(), required=True, metavar="WEIGHTS.h5", help="The weights file to write.")
@option(
    "--epochs",
    type=click.IntRange(min=1),
    metavar="N",
    show_default="the file's, else 5",
    help="How often every example is seen, those of --resume counted.",
)
@option(
    "--batch-size",
    type=click.IntRange(min=1),
    metavar="N",
    show_default="the file's, else 32",
    help="Examples of a step.",
)
@option(
    "--optimizer",
    type=click.Choice(["sgd", "momentum", "rmsprop", "adam"]),
    show_default="the file's, else adam",
    help="How a gradient changes the weights, by Keras's formulas.",
)
@option(
    "--learning-rate",
    type=FiniteRange(0, min_open=True),
    metavar="X",
    show_default="the file's for its optimizer, else 0.01 for sgd and momentum, 0.001 for rmsprop and adam",
    help="The length of a step.",
)
@option(
    "--momentum",
    type=_FRACTION,
    metavar="M",
    show_default="the file's, else 0.9",
    help="The part of its speed that --optimizer momentum keeps.",
)
@option(
    "--loss",
    type=click.Choice(["cross_entropy", "mse"]),
    show_default="the file's, else cross_entropy",
    help="What is made small; cross_entropy is taken of the scores before a softmax or sigmoid at the end.",
)
@option(
    "--weights",
    type=PathType(),
    metavar="FILE.h5",
    show_default="the initialisers'",
    help="Begin with these weights, by layer name; must not be a file that is written.",
)
@range_option("--range", "range_", text="Which examples to train on, as Python slices, such as 0:8000.")
@option(
    "--validation-split",
    type=_FRACTION,
    metavar="F",
    show_default="the file's, else 0",
    help="Keep this part of the examples to validate with: as many as Keras keeps, of each class its part, chosen by "
    "the seed.",
)
@option("--validation-data", type=PathType(), metavar="DATA", help="Validate with these examples.")
@option("--test-data", type=PathType(), metavar="DATA", help="Test on these examples at the end.")
@range_option(
    "--test-range", text="Which of them to test on; without --test-data, which examples of the test part of DATA."
)
@option(
    "--shuffle/--no-shuffle",
    default=None,
    show_default="the file's, else shuffle",
    help="Bring the examples into another order in every epoch.",
)
@option(
    "--dtype",
    type=click.Choice(["float32", "float64"]),
    show_default="the file's, else float32",
    help="Arithmetic of the training.",
)
@threads_option("a step")
@option(
    "--log-every",
    type=click.IntRange(min=0),
    metavar="N",
    show_default="the file's, else 0: epochs alone",
    help="Also note loss and accuracy of every N steps.",
)
@option("--resume", is_flag=True, help="Go on from the checkpoint beside WEIGHTS.h5, to the same bytes.")
@option(
    "--history",
    type=PathType(),
    metavar="FILE.json",
    help="Also write loss and accuracy, epoch by epoch, as JSON.",
)
@option("--curves", type=PathType(), metavar="FILE", help="Also draw loss and accuracy (.png, .svg, .pdf).")
@option(
    "--watch",
    metavar="IMAGE",
    help="Watch a layer learn: an animation of its maps of IMAGE, a file or sample:NAME, and of its kernels.",
)
@option("--layer", metavar="NAME", required="required with --watch", help="The layer to watch.")
@option(
    "--every",
    type=click.IntRange(min=1),
    metavar="N",
    show_default="what makes about 60 frames",
    help="With --watch, look after every N steps.",
)
@option(
    "--watch-output",
    type=PathType(),
    metavar="FILE",
    show_default="WEIGHTS.LAYER.gif",
    help="The animation of --watch; the suffix decides the format: .gif, .png or .apng, .webp.",
)
@quiet_option("No progress; twice: nothing but errors.")
def command(
    data: Any,
    output: Any,
    range_: slice | None,
    test_range: slice | None,
    validation_data: Any,
    test_data: Any,
    resume: bool,
    history: Any,
    curves: Any,
    watch: str | None,
    layer: str | None,
    every: int | None,
    watch_output: Any,
    quiet: int,
    **options: Any,
) -> None:
    """Train a stack on a data set, in NumPy.

    Written are the last weights, beside them WEIGHTS.best.h5 (of the best epoch by validation, if there is any) and
    WEIGHTS.checkpoint.h5, from which --resume goes on, also after Ctrl-C. The weights keep the names of their
    classes. Most options may stand in the YAML file under training: as well, with _ for -.

    \b
    Examples:
      cnnviz train --config mnist_two_conv --data mnist/ -o weights.h5
      cnnviz train -c mystack.yaml --data digits/ --validation-split 0.2 --epochs 20 --curves curves.png -o w.h5
      cnnviz train -c mystack.yaml --data digits/ --validation-split 0.2 --epochs 40 --resume -o w.h5
      cnnviz train -c mnist_two_conv --data mnist/ -o weights.h5 --watch sample:digit --layer conv_1
    """  # noqa: D301
    from cnnviz.cli._messages import print_text
    from cnnviz.cli._train_printer import TrainPrinter
    from cnnviz.io.files import show_path
    from cnnviz.workflows.training.recipe import SETTINGS
    from cnnviz.workflows.training.train import Training

    if watch and not layer:
        raise click.UsageError("--watch needs a --layer to look at")
    if not watch and (layer or every or watch_output):
        raise click.UsageError("--layer, --every and --watch-output are for --watch IMAGE")
    ranges = {"range": range_, "test_range": test_range}
    options |= {name: f"{_end(slice_.start)}:{_end(slice_.stop)}" for name, slice_ in ranges.items() if slice_}
    settings = {name: options[name] for name in SETTINGS if options.get(name) is not None}
    options.pop("dtype")  # the recipe's, which may be the file's
    training = Training(
        stack_request(**options),
        data,
        output,
        settings,
        validation_data=validation_data,
        test_data=test_data,
        resume=resume,
        history=history,
        curves=curves,
    )
    watching = None
    if watch and layer:
        from cnnviz.workflows.training.watching import Watching

        watching = Watching(training, watch, layer, every, watch_output)
    with TrainPrinter(training, quiet) as printer:
        with watching or nullcontext():
            test = training.run(printer.report, watching.watch if watching else None)
        printer.finish(test)
        if watching and quiet < 2:
            print_text(show_path(watching.path))


def _end(number: int | None) -> str:
    return "" if number is None else str(number)
