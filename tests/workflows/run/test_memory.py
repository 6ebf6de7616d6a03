"""What `--max-memory` goes by, held against what runs really take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from cnnviz.errors import UsageError
from cnnviz.io.images import read_image
from cnnviz.io.pixels import Color
from cnnviz.outputs.inputs import resolve
from cnnviz.stack.memory import Peak
from cnnviz.stack.spec import InputSpec
from cnnviz.workflows.drawing.style import Style
from cnnviz.workflows.prepare.input_image import InputImage
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import DrawingRequest, RunRequest, StackRequest
from cnnviz.workflows.run.job import ImageResult, Job
from cnnviz.workflows.run.run import run_images
from tests.helpers.commands import STACK, picture

SAMPLES = Path(__file__).parents[3] / "sample_images"
INTERPRETER = 110 << 20
"""What Python, NumPy and OpenCV take before there is a picture, and a margin."""

CHILD = """
import sys
from cnnviz.cli import execute
status = execute(sys.argv[1:])
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0])
sys.exit(status)
"""
LAYERS = {
    "wide": ["{type: Conv2D, filters: 16, kernel_size: 7}"],
    "pool": ["{type: Conv2D, filters: 3, kernel_size: 3}", "{type: MaxPooling2D}", "{type: ReLU}"],
    "turn": ["{type: Conv2DTranspose, filters: 3, kernel_size: 3, strides: 2}"],
    "both": ["{type: SeparableConv2D, filters: 8, kernel_size: 5, depth_multiplier: 2}", "{type: LayerNormalization}"],
    "many": ["{type: Conv2D, filters: 32, kernel_size: 3}", "{type: Conv2D, filters: 32, kernel_size: 3}"],
}


def estimate(config: str, image: Path, dtype: str) -> Peak:
    preparation = Preparation(StackRequest(config=config, dtype=dtype))
    shape = InputImage(read_image(image), preparation.stack.input).shape
    style = Style.of(preparation.stack, DrawingRequest())
    return preparation.need(preparation.nodes(shape), shape, lambda node: style.memory(node, dtype))


def measured(config: str, image: Path, dtype: str, output: Path) -> int:
    command = [sys.executable, "-c", CHILD, "run", str(image), "-c", config, "-o", str(output), "--dtype", dtype]
    child = subprocess.run([*command, "--no-save-weights", "--no-html"], capture_output=True, text=True, check=True)
    return int(child.stdout.split()[-1]) * 1024


def check(config: str, image: Path, dtype: str, output: Path) -> None:
    expected, real = estimate(config, image, dtype).bytes, measured(config, image, dtype, output)
    assert real - INTERPRETER <= expected, f"{real >> 20} MiB were taken, {expected >> 20} expected"
    assert expected <= 1.4 * real


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("config", ["l3", "walkthrough", "residual", "vgg16"])
def test_bundled_stacks_take_what_was_expected(tmp_path: Path, config: str, dtype: str) -> None:
    check(config, SAMPLES / "astronaut.png", dtype, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("normalises", [False, True])
@pytest.mark.parametrize("layers", LAYERS)
def test_photographs_take_what_was_expected(tmp_path: Path, layers: str, normalises: bool, dtype: str) -> None:
    image = tmp_path / "photo.jpg"
    cv2.imwrite(str(image), cv2.resize(cv2.imread(str(SAMPLES / "astronaut.png")), (3200, 2400)))
    scale = ", scale: 1/255, mean: [0.5], std: [0.25]" if normalises else ""
    stack = f"name: x\ninput: {{color: rgb{scale}}}\nlayers:\n" + "".join(f"  - {line}\n" for line in LAYERS[layers])
    (tmp_path / "stack.yaml").write_text(stack)
    check(str(tmp_path / "stack.yaml"), image, dtype, tmp_path / "out")


def test_what_is_too_much_is_refused_before_there_are_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnviz.workflows.prepare import input_image

    (tmp_path / "stack.yaml").write_text(STACK)
    picture(tmp_path / "photo.png", 0, 300, 400)
    monkeypatch.setattr(input_image, "to_pixels", None)
    command = Job(
        RunRequest(stack=StackRequest(config=tmp_path / "stack.yaml", max_memory=10**6), output=tmp_path / "out")
    )
    result = command.run(resolve([str(tmp_path / "photo.png")])[0])
    assert (result.status, result.stage) == ("failed", "stack")
    assert 'MiB at Activation "act", --max-memory allows 976.6 KiB' in result.message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("color", ["gray", "rgb"])
@pytest.mark.parametrize("size", [None, (5, 9)])
def test_the_shape_is_known_before_the_pixels(tmp_path: Path, color: Color, size: tuple[int, int] | None) -> None:
    picture(tmp_path / "a.png")
    np.save(tmp_path / "b.npy", np.zeros((4, 6, 5)))
    np.save(tmp_path / "c.npy", np.zeros((4, 6)))
    for name in ("a.png", "b.npy", "c.npy"):
        image = InputImage(read_image(tmp_path / name), InputSpec(color=color, size=size, max_side=8))
        assert image.shape == image.pixels.shape


def test_a_picture_too_large_for_memory_is_said_from_python_too(tmp_path: Path) -> None:
    preparation = Preparation(StackRequest(config="l3", max_memory=1000))
    with pytest.raises(UsageError, match="--max-memory allows 1,000 bytes"):
        preparation.check((300, 451, 1))


def shared(tmp_path: Path, sizes: list[int], max_memory: int, workers: int) -> tuple[list[ImageResult], list[str]]:
    (tmp_path / "in").mkdir(parents=True)
    (tmp_path / "stack.yaml").write_text(STACK)
    for number, size in enumerate(sizes):
        picture(tmp_path / "in" / f"{number}.png", number, size, size)
    stack = StackRequest(config=tmp_path / "stack.yaml", max_memory=max_memory)
    job = Job(RunRequest(stack=stack, output=tmp_path / "out", html=False))
    results = list(run_images(job, resolve([str(tmp_path / "in")]), workers=workers))
    return results, job.preparation.remarks


def need_of(tmp_path: Path, size: int) -> int:
    results, _ = shared(tmp_path / "alone", [size], 1, 1)
    return results[0].need


@pytest.mark.slow
def test_workers_share_the_memory(tmp_path: Path) -> None:
    small, large = need_of(tmp_path / "small", 20), need_of(tmp_path / "large", 90)
    assert 0 < 4 * small < large
    sizes = [20, 90, 20, 20, 90]
    results, remarks = shared(tmp_path, sizes, 2 * large, 3)
    assert [result.status for result in results] == ["ok"] * len(sizes)
    assert [Path(result.file).name for result in results] == [f"{number}.png" for number in range(len(sizes))]
    assert any("2 of 3 workers" in remark for remark in remarks)


@pytest.mark.slow
def test_an_image_that_fits_nowhere_costs_no_worker(tmp_path: Path) -> None:
    large = need_of(tmp_path / "large", 90)
    results, remarks = shared(tmp_path, [20, 90, 20], large - 1, 2)
    assert [result.status for result in results] == ["ok", "failed", "ok"]
    assert "--max-memory allows" in results[1].message
    assert not any("workers" in remark for remark in remarks)
