from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.render.kit.canvas import ACCENT
from cnnviz.render.kit.colors import signed_colours
from cnnviz.render.learning import film
from cnnviz.render.learning_panels import Look, TrainingFilm, _columns
from cnnviz.render.scaling import ScaleBy
from tests.helpers.rows import each

PICTURE = np.arange(64, dtype=np.uint8).reshape(8, 8)


def subject(**fields: Any) -> TrainingFilm:
    known: dict[str, Any] = {"title": "stack: layer", "picture": PICTURE, "steps": 30, "epochs": 2}
    return TrainingFilm(**(known | {"scale_by": ScaleBy("layer")} | fields))


def looks(outputs: list[np.ndarray], kernels: list[np.ndarray] | None = None) -> list[Look]:
    return [
        Look(10 * number, 1, 2.0 / number if number else None, output, kernels[number] if kernels else None)
        for number, output in enumerate(outputs)
    ]


def levels(frame: np.ndarray) -> set[int]:
    """The gray levels of the largest picture, which is at the right."""
    part = frame[80:, 190:]
    gray = part[(part[..., 0] == part[..., 1]) & (part[..., 1] == part[..., 2])]
    return set(gray[:, 0].tolist())


def test_all_frames_are_of_one_size_and_in_one_scale() -> None:
    first, second = film(subject(), looks([np.full((4, 5, 3), -1.0), np.full((4, 5, 3), 1.0)]))
    assert first.shape == second.shape
    assert 0 in levels(first) and 0 not in levels(second) - {255, 128}
    assert first.dtype == np.uint8


def test_each_map_may_have_its_own_scale_but_keeps_it() -> None:
    small = np.stack([np.zeros((4, 4)), np.zeros((4, 4))], axis=2)
    large = np.stack([np.ones((4, 4)), np.full((4, 4), 100.0)], axis=2)
    _, last = film(subject(scale_by=ScaleBy("map")), looks([small, large]))
    assert 255 in levels(last) and 3 not in levels(last)


def test_kernels_are_drawn_about_zero_by_the_largest_of_all_looks() -> None:
    kernels = [np.full((3, 3, 1, 2), weight) for weight in (-0.5, 0.25)]
    outputs = [np.zeros((4, 4, 2))] * 2
    drawn = [frame[80:140, 190:260] for frame in film(subject(), looks(outputs, kernels))]
    blue, red = (signed_colours()[level] for level in (0, 191))
    assert (drawn[0][20, 20] == blue).all()
    assert (drawn[1][20, 20] == red).all()


def test_few_units_are_bars_with_their_names_and_no_block_has_more_blanks_than_it_must() -> None:
    first, second = film(subject(units=("cat", "dog")), looks([np.array([-1.0, 1.0]), np.array([2.0, 0.0])]))
    assert (first[:, 190:] != second[:, 190:]).any()
    assert [_columns(count) for count in (1, 4, 6, 16, 32, 20, 64)] == [1, 4, 3, 4, 8, 5, 8]


@each(
    ("output", "kernel"),
    [
        ((10,), (8, 10)),
        ((40,), None),
        ((30, 40, 70), (5, 5, 1, 70)),
        ((5, 8, 100), (3, 3, 64, 100)),
        ((1, 1, 1), (1, 1, 1, 1)),
        ((6, 5, 4), (3, 3, 3, 4)),
    ],
)
def test_every_kind_of_layer_has_room(output: tuple[int, ...], kernel: tuple[int, ...] | None) -> None:
    rng = np.random.default_rng(0)
    kernels = None if kernel is None else [rng.normal(size=kernel) for _ in range(2)]
    frames = list(film(subject(), looks([rng.normal(size=output) for _ in range(2)], kernels)))
    assert frames[0].shape[0] < 700 and frames[0].shape[1] < 1200
    assert not np.array_equal(*frames)


def test_the_loss_is_a_curve_and_the_last_point_is_marked() -> None:
    frames = list(film(subject(), looks([np.ones((4, 4, 1))] * 3)))
    marked = [np.argwhere((frame == ACCENT).all(axis=2)) for frame in frames]
    assert len(marked[0]) == 0
    # Later is further to the right, and a smaller loss lower.
    assert marked[1].mean(axis=0)[1] < marked[2].mean(axis=0)[1]
    assert marked[1].mean(axis=0)[0] < marked[2].mean(axis=0)[0]


def test_colours() -> None:
    table = np.stack([np.arange(256)] * 2 + [np.zeros(256)], axis=1).astype(np.uint8)
    last = list(film(subject(table=table), looks([np.eye(4)[..., None]])))[-1]
    assert (last == (255, 255, 0)).all(axis=2).any()


ODD = {
    "all zero": [0.0, 0.0],
    "negative zeros": [-0.0, -0.0],
    "none known": [None, None],
    "the least there is": [5e-324, 0.0],
    "not finite": [float("inf"), float("nan")],
}


@each("losses", ODD.values(), ids=ODD)
@each("value", [0.0, np.nan, np.inf, 1e300])
def test_any_losses_and_values_can_be_drawn(losses: list[float | None], value: float) -> None:
    output, kernel = np.full((4, 4, 2), value), np.full((3, 3, 1, 2), value)
    looks = [Look(number, 1, loss, output, kernel) for number, loss in enumerate(losses)]
    *_, last = film(subject(), looks)
    assert (last == ACCENT).all(axis=-1).any() == (losses[-1] is not None and np.isfinite(losses[-1]))
