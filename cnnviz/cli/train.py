"""`cnnviz train`: train a stack on a data set."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import click

from cnnviz.cli._options import FiniteRange, PathType, RangeType, data_option, stack_options, stack_request

_FRACTION = FiniteRange(0, 1, max_open=True)


@click.command("train")
@stack_options
@data_option
@click.option("-o", "--output", type=PathType(), required=True, metavar="WEIGHTS.h5", help="The weights file to write.")
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How often every example is seen, those of --resume counted.  [default: the file's, else 5]",
)
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    metavar="N",
    help="Examples of a step.  [default: the file's, else 32]",
)
@click.option(
    "--optimizer",
    type=click.Choice(["sgd", "momentum", "rmsprop", "adam"]),
    help="How a gradient changes the weights.  [default: the file's, else adam]",
)
@click.option(
    "--learning-rate",
    type=FiniteRange(0, min_open=True),
    metavar="X",
    help="The length of a step.  [default: the file's for its optimizer, else 0.01 for sgd and momentum, 0.001 for "
    "rmsprop and adam]",
)
@click.option(
    "--momentum",
    type=_FRACTION,
    metavar="M",
    help="The part of its speed that --optimizer momentum keeps.  [default: the file's, else 0.9]",
)
@click.option(
    "--loss",
    type=click.Choice(["cross_entropy", "mse"]),
    help="What is made small; cross_entropy folds a softmax or sigmoid at the end in.  [default: the file's, else "
    "cross_entropy]",
)
@click.option("--weights", type=PathType(), metavar="FILE.h5", help="Begin with these weights, by layer name.")
@click.option(
    "--range",
    "range_",
    type=RangeType(),
    metavar="A:B",
    help="Which examples to train on, as Python slices, such as 0:8000.  [default: the file's, else all]",
)
@click.option(
    "--validation-split",
    type=_FRACTION,
    metavar="F",
    help="Keep this part of the examples, of each class, to validate with.  [default: the file's, else 0]",
)
@click.option("--validation-data", type=PathType(), metavar="DATA", help="Validate with these examples.")
@click.option("--test-data", type=PathType(), metavar="DATA", help="Test on these examples at the end.")
@click.option(
    "--test-range",
    type=RangeType(),
    metavar="A:B",
    help="Which of them to test on; without --test-data, of the test part of DATA.",
)
@click.option(
    "--shuffle/--no-shuffle",
    default=None,
    help="Bring the examples into another order in every epoch.  [default: the file's, else shuffle]",
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float64"]),
    help="Arithmetic.  [default: the file's, else float32]",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Threads inside a step; never changes a bit.  [default: the usable cores]",
)
@click.option(
    "--log-every",
    type=click.IntRange(min=0),
    metavar="N",
    help="Also note loss and accuracy of every N steps.  [default: the file's, else 0: epochs alone]",
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint beside WEIGHTS.h5, to the same bytes.")
@click.option("--history", type=PathType(), metavar="FILE.json", help="Also write loss and accuracy as JSON.")
@click.option("--curves", type=PathType(), metavar="FILE", help="Also draw loss and accuracy (.png, .svg, .pdf).")
@click.option(
    "--watch", metavar="IMAGE", help="Watch a layer learn: draw its maps of IMAGE and its kernels as it goes."
)
@click.option("--layer", metavar="NAME", help="The layer to --watch.")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    metavar="N",
    help="Look after every N steps.  [default: what makes about 60 frames]",
)
@click.option(
    "--watch-output",
    type=PathType(),
    metavar="FILE",
    help="The animation: .gif, .png or .apng, .webp.  [default: WEIGHTS.LAYER.gif]",
)
@click.option("-q", "--quiet", count=True, help="No progress; twice: nothing but errors.")
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
    from cnnviz.cli._training import Printer
    from cnnviz.io.files import show_path
    from cnnviz.workflows.train import Training
    from cnnviz.workflows.training.request import SETTINGS, TrainRequest

    if watch and not layer:
        raise click.UsageError("--watch needs a --layer to look at")
    if not watch and (layer or every or watch_output):
        raise click.UsageError("--layer, --every and --watch-output are for --watch IMAGE")
    ranges = {"range": range_, "test_range": test_range}
    options |= {name: f"{_end(slice_.start)}:{_end(slice_.stop)}" for name, slice_ in ranges.items() if slice_}
    settings = {name: options[name] for name in SETTINGS if options.get(name) is not None}
    options.pop("dtype")  # the recipe's, which may be the file's
    training = Training(
        TrainRequest(
            stack=stack_request(**options),
            data=data,
            output=output,
            settings=settings,
            validation_data=validation_data,
            test_data=test_data,
            resume=resume,
            history=history,
            curves=curves,
        )
    )
    watching = None
    if watch and layer:
        from cnnviz.workflows.training.watching import Watching, WatchRequest

        watching = Watching(training, WatchRequest(watch, layer, every, watch_output))
    with Printer(training, quiet) as printer:
        with watching or nullcontext():
            test = training.run(printer.report, watching.watch if watching else None)
        printer.finish(test)
        if watching and quiet < 2:
            print_text(show_path(watching.path))


def _end(number: int | None) -> str:
    return "" if number is None else str(number)
