"""The pictures of the README: remade by `python -m tests.gallery`, and held to what the commands draw by a test."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from cnnviz.cli import execute
from tests.helpers import browser

GALLERY = Path(__file__).parent.parent / "sample_images" / "gallery"
TRAINED = GALLERY.parent / "trained"

_DIGIT = ("sample:digit", "--config", "mnist_two_conv")
_RECOGNISED = ("sample:digits/3", "--config", "lenet5", "--weights", "sample:lenet5")
WEIGHTS = ("--weights", "sample:mnist_two_conv")

PICTURES: dict[str, tuple[list[str], dict[str, str]]] = {
    "l3": (
        ["sample:chelsea", "--config", "l3"],
        {
            "chelsea/00_input.png": "l3_input.png",
            "chelsea/01_conv_1.png": "l3_conv_1.png",
            "chelsea/02_activation.png": "l3_relu.png",
            "chelsea/06_max_pooling2d_1.png": "l3_pool_2.png",
        },
    ),
    "walkthrough": (
        ["sample:astronaut", "--config", "walkthrough"],
        {
            "astronaut/01_conv_1_composite.png": "walkthrough_conv_1.png",
            "astronaut/10_activation_3_composite.png": "walkthrough_relu_4.png",
        },
    ),
    "lenet5": (
        ["sample:digit", "--config", "lenet5", "--kernels", "--colormap", "coolwarm", "--scale-by", "symmetric"],
        {"digit/01_conv_1.png": "lenet5_conv_1.png", "digit/01_conv_1_kernels.png": "lenet5_kernels.png"},
    ),
    "untrained": ([*_DIGIT, "--layer", "activation_1"], {"digit/05_activation_1.png": "untrained.png"}),
    "trained": ([*_DIGIT, *WEIGHTS, "--layer", "activation_1"], {"digit/05_activation_1.png": "trained.png"}),
}
"""What to run, and which of its pictures become which of the gallery's."""


FIGURES: dict[str, list[str]] = {
    "explain_conv_arithmetic.png": [
        *("explain", "sample:conv_arithmetic", "--config", "conv_arithmetic"),
        *("--layer", "conv_1", "--at", "0,0", "--channel", "1", "--figure"),
    ],
    "explain_l3_conv_2.png": [
        *("explain", "sample:chelsea", "--config", "l3"),
        *("--layer", "conv_2", "--at", "40,62", "--channel", "1", "--figure"),
    ],
    "explain_trained.png": [
        *("explain", *_DIGIT, *WEIGHTS, "--layer", "conv_1", "--at", "8,19", "--channel", "10", "--figure"),
    ],
    "animate_conv_arithmetic.gif": [
        *("animate", "sample:conv_arithmetic", "--config", "conv_arithmetic", "--layer", "conv_1"),
        *("--size", "640", "-q", "--output"),
    ],
    "animate_l3.gif": [
        *("animate", "sample:chelsea", "--config", "l3", "--layer", "conv_2"),
        *("--size", "640", "--frames", "24", "-q", "--output"),
    ],
    "figure_lenet5.png": [
        *("run", *_RECOGNISED, "--colormap", "viridis"),
        *("--output", "figure_lenet5", "--no-maps", "--no-html", "-qq", "--figure"),
    ],
    "diagram_lenet5.png": ["diagram", "--config", "lenet5", "--width", "1280", "-o"],
    "diagram_residual.png": [
        *("diagram", "--config", "residual", "--input-size", "64x64", "--style", "graph", "--width", "1280", "-o"),
    ],
    "lesson_slide.gif": [
        *("animate", *_DIGIT, *WEIGHTS, "--layer", "conv_1", "--channel", "10"),
        *("--frames", "16", "--size", "480", "-q", "--output"),
    ],
    "lesson_pooling.png": [
        *("explain", *_DIGIT, *WEIGHTS, "--layer", "max_pooling2d", "--channel", "10", "--figure"),
    ],
    "animate_lenet5.gif": [
        *("animate", *_RECOGNISED, "--through", "--size", "400", "-q", "--output"),
    ],
}
"""Figures with letters, which other versions of matplotlib draw otherwise, by name, and the commands that draw them, up
to the option that takes the file; of animations the test sees the first frame."""


_POOLING = "max_pooling2d.type=MaxPooling2D,AveragePooling2D"

SHEETS: dict[str, tuple[str, str]] = {
    "sweep_activation.png": (
        "sweep sample:astronaut -c walkthrough --activation relu,sigmoid,tanh",
        "03_activation.png",
    ),
    "sweep_kernel_size.png": (
        "sweep sample:astronaut -c kernel_size --kernel-size 3,12,24 --max-maps 1",
        "01_conv_1.png",
    ),
    "sweep_flip.png": (
        "sweep sample:chelsea -c l3 --set conv_1.kernel_initializer.flip=false,true",
        "02_activation.png",
    ),
    "sweep_pooling.png": (
        f"sweep sample:chelsea -c l3 --set max_pooling2d.pool_size=6 --set {_POOLING}",
        "03_max_pooling2d.png",
    ),
    "lenet5_kernels_labels.png": (
        "run sample:digit -c lenet5 --weights sample:lenet5 --layer conv_1 --no-html --kernels --labels",
        "digit/01_conv_1_kernels.png",
    ),
    "lesson_maps.png": (
        "run sample:digit -c mnist_two_conv --weights sample:mnist_two_conv --layer conv_1 --no-html --labels"
        " --colormap coolwarm --scale-by symmetric",
        "digit/01_conv_1.png",
    ),
    "lesson_activations.png": (
        "sweep sample:digit -c mnist_two_conv --weights sample:mnist_two_conv --activation relu,sigmoid,tanh"
        " --max-maps 4",
        "02_activation.png",
    ),
    "lesson_why.png": (
        "attribute sample:digit -c mnist_two_conv --weights sample:mnist_two_conv"
        " --method integrated_gradients --method occlusion",
        "attribute.png",
    ),
    "attribute_digit.png": (
        "attribute sample:digit -c mnist_two_conv --weights sample:mnist_two_conv",
        "attribute.png",
    ),
    "exemplars_conv_2.png": (
        "exemplars sample:mnist -c mnist_two_conv --weights sample:mnist_two_conv --layer conv_2"
        " --channel 0 --channel 3 --channel 15 --channel 25",
        "exemplars.png",
    ),
    "maximize_digits.png": (
        "maximize -c mnist_two_conv --weights sample:mnist_two_conv --layer dense_1",
        "maximize.png",
    ),
}
"""Commands that write labelled sheets, and which of these to show; letters are Pillow's."""


OTHERS = {"attribute_cup.png", "attribute_face.png"}
"""Pictures of networks that do not come along: the guide has the commands and says where the networks are."""


def draw(folder: Path, names: Iterable[str] = PICTURES) -> Iterator[tuple[Path, str]]:
    """Run commands; yields each picture that came out and its name in the gallery."""
    for name in names:
        arguments, pictures = PICTURES[name]
        status = execute(["run", *arguments, "--output", str(folder / name), "-qq"])
        assert status == 0, name
        for drawn, kept in pictures.items():
            yield folder / name / drawn, kept


def draw_figures(folder: Path, names: Iterable[str] = (*FIGURES, *SHEETS)) -> Iterator[tuple[Path, str]]:
    """Draw figures and labelled sheets; yields each picture and its name in the gallery."""
    for name in names:
        if name in FIGURES:
            with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
                assert execute([*FIGURES[name], name]) == 0, name
            yield folder / name, name
        else:
            arguments, sheet = SHEETS[name]
            output = folder / name.removesuffix(".png")
            assert execute([*arguments.split(), "--output", str(output), "-qq"]) == 0, name
            yield output / sheet, name


SCREENSHOTS = {
    "page_l3.png": ("sample:chelsea --config l3", "chelsea/index.html", "conv_2@46,118,1"),
}
"""What to run, the page to open in Chromium, and the pixel to look at; each machine's letters are its own."""


def photograph(folder: Path) -> Iterator[tuple[Path, str]]:
    """Take a picture of every page; yields it and its name in the gallery. None without a Chromium."""
    if browser.find() is None:
        return
    with browser.chromium() as tab:
        tab.resize(1400, 960)
        for name, (arguments, page, anchor) in SCREENSHOTS.items():
            assert execute(["run", *arguments.split(), "--output", str(folder / name), "-qq"]) == 0, name
            tab.open(folder / name / page, anchor)
            tab.wait("document.querySelector('#desk .value')?.textContent")
            tab.run("new Promise((done) => setTimeout(done, 500))")
            tab.screenshot(folder / f"{name}.png")
            yield folder / f"{name}.png", name


def watch(folder: Path) -> tuple[Path, str]:
    """Draw how `mnist_nine_by_nine` learns, as the README has it; returns the animation and its name in `TRAINED`."""
    film = folder / "learning.webp"
    arguments = ["--config", "mnist_nine_by_nine", "--data", "sample:mnist", "--epochs", "15"]
    watching = ["--watch", "sample:digit", "--layer", "conv_1", "--every", "8", "--watch-output", str(film)]
    assert execute(["train", *arguments, *watching, "--output", str(folder / "weights.h5"), "-qq"]) == 0
    return film, film.name


def main() -> None:
    """Draw the gallery anew."""
    GALLERY.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for drawn, kept in (*draw(Path(folder)), *draw_figures(Path(folder)), *photograph(Path(folder))):
            shutil.copyfile(drawn, GALLERY / kept)
            sys.stderr.write(f"{GALLERY / kept}\n")
        drawn, kept = watch(Path(folder))
        shutil.copyfile(drawn, TRAINED / kept)


if __name__ == "__main__":
    main()
