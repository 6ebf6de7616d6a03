"""`cnnviz train`: train a stack on a data set."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import click

from cnnviz.cli._declaring import define, option
from cnnviz.cli._options import (
    choice_option,
    count_option,
    data_option,
    path_option,
    quiet_option,
    range_option,
    stack_options,
    threads_option,
)
from cnnviz.cli._requests import take_stack_request
from cnnviz.cli._types import FiniteRange

_FRACTION = FiniteRange(0, 1, max_open=True)


@define(section="Train", place=1)
@stack_options
@data_option
@path_option("-o", "--output", required=True, metavar="WEIGHTS.h5", help="The weights file to write.")
@count_option(
    "--epochs",
    show_default="the file's, else 5",
    help="How often every example is seen, those of --resume counted.",
)
@count_option("--batch-size", show_default="the file's, else 32", help="Examples of a step.")
@choice_option(
    "--optimizer",
    "sgd",
    "momentum",
    "rmsprop",
    "adam",
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
@choice_option(
    "--loss",
    "cross_entropy",
    "mse",
    show_default="the file's, else cross_entropy",
    help="What is made small; cross_entropy is taken of the scores before a softmax or sigmoid at the end.",
)
@path_option(
    "--weights",
    metavar="FILE",
    show_default="the initialisers'",
    help="Begin with these weights, by layer name; must not be a file that is written.",
)
@range_option("--range", text="Which examples to train on, as Python slices, such as 0:8000.")
@option(
    "--validation-split",
    type=_FRACTION,
    metavar="F",
    show_default="the file's, else 0",
    help="Keep this part of the examples to validate with: as many as Keras keeps, of each class its part, chosen by "
    "the seed.",
)
@path_option("--validation-data", metavar="DATA", help="Validate with these examples.")
@path_option("--test-data", metavar="DATA", help="Test on these examples at the end.")
@range_option(
    "--test-range", text="Which of them to test on; without --test-data, which examples of the test part of DATA."
)
@option(
    "--shuffle/--no-shuffle",
    default=None,
    show_default="the file's, else shuffle",
    help="Bring the examples into another order in every epoch.",
)
@choice_option(
    "--dtype", "float32", "float64", show_default="the file's, else float32", help="Arithmetic of the training."
)
@threads_option("a step")
@count_option(
    "--log-every",
    least=0,
    show_default="the file's, else 0: epochs alone",
    help="Also note loss and accuracy of every N steps.",
)
@option("--resume", is_flag=True, help="Go on from the checkpoint beside WEIGHTS.h5, to the same bytes.")
@path_option("--history", metavar="FILE.json", help="Also write loss and accuracy, epoch by epoch, as JSON.")
@path_option("--curves", help="Also draw loss and accuracy (.png, .svg, .pdf).")
@option(
    "--watch",
    metavar="IMAGE",
    help="Watch a layer learn: an animation of its maps of IMAGE, a file or sample:NAME, and of its kernels.",
)
@option("--layer", metavar="NAME", required="required with --watch", only_with="--watch", help="The layer to watch.")
@count_option(
    "--every", show_default="what makes about 60 frames", only_with="--watch", help="Look after every N steps."
)
@path_option(
    "--watch-output",
    show_default="WEIGHTS.LAYER.gif",
    only_with="--watch",
    help="The animation of --watch; the suffix decides the format: .gif, .png or .apng, .webp.",
)
@quiet_option("No progress; twice: nothing but errors.")
def command(
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
    from cnnviz.cli._messages import print_paths
    from cnnviz.cli._train_printer import TrainPrinter
    from cnnviz.workflows.training.recipe import SETTINGS
    from cnnviz.workflows.training.train import Training

    if watch and not layer:
        raise click.UsageError("--watch needs a --layer to look at")
    for name in ("range", "test_range"):
        if (chosen := options[name]) is not None:
            options[name] = f"{_end(chosen.start)}:{_end(chosen.stop)}"
    settings = {name: options.pop(name) for name in SETTINGS}
    settings = {name: value for name, value in settings.items() if value is not None}
    training = Training(take_stack_request(options), settings=settings, **options)
    watching = None
    if watch and layer:
        from cnnviz.workflows.training.watching import Watching

        watching = Watching(training, watch, layer, every, watch_output)
    with TrainPrinter(training, quiet) as printer:
        with watching or nullcontext():
            test = training.run(printer.report, watching.watch if watching else None)
        printer.finish(test)
        if quiet < 2:
            print_paths(options["history"], options["curves"], None if watching is None else watching.path)


def _end(number: int | None) -> str:
    return "" if number is None else str(number)
