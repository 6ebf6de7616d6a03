from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import DataError, UsageError
from cnnviz.io.datasets import read_dataset
from cnnviz.io.datasets.examples import Examples, check_free
from tests.helpers.commands import picture
from tests.helpers.datasets import cifar, digits, write_idx

DIGITS = Examples(*digits(10), None, "digits")


@pytest.mark.parametrize(
    ("range_", "numbers"),
    [
        (slice(2, 5), [2, 3, 4]),
        (slice(None, 2), [0, 1]),
        (slice(8, None), [8, 9]),
        (slice(-1, None), [9]),
        (slice(8, 20), [8, 9]),
    ],
)
def test_a_part(range_: slice, numbers: list[int]) -> None:
    part = DIGITS.part(range_)
    assert part.labels.tolist() == numbers
    np.testing.assert_array_equal(part.pictures, DIGITS.pictures[numbers])


@pytest.mark.parametrize(("range_", "shown"), [(slice(5, 5), "5:5"), (slice(10, None), "10:"), (slice(None, 0), ":0")])
def test_an_empty_part(range_: slice, shown: str) -> None:
    with pytest.raises(UsageError, match=f"the range {shown} is empty: digits has 10 examples"):
        DIGITS.part(range_)


def test_the_hash_is_that_of_the_content(tmp_path: Path) -> None:
    same = [read_dataset(write_idx(tmp_path / str(packed), "train", *digits(10), packed)) for packed in (False, True)]
    assert {one.sha256() for one in same} == {DIGITS.sha256()}
    other = Examples(DIGITS.pictures, DIGITS.labels[::-1], None, "digits")
    assert len({DIGITS.sha256(), other.sha256(), DIGITS.part(slice(1, None)).sha256()}) == 3


def test_the_hash_of_files_is_that_of_their_bytes(tmp_path: Path) -> None:
    for seed in (0, 1):
        picture(tmp_path / "cats" / f"{seed}.png", seed)
    first = read_dataset(tmp_path).sha256()
    (tmp_path / "cats/0.png").rename(tmp_path / "cats/00.png")
    assert read_dataset(tmp_path).sha256() == first
    picture(tmp_path / "cats/00.png", 2)
    assert read_dataset(tmp_path).sha256() != first


def test_the_hash_of_planes_laid_out_otherwise(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    (tmp_path / "batch.bin").write_bytes(cifar(pictures, np.arange(2)))
    found = read_dataset(tmp_path / "batch.bin")
    assert found.sha256() == Examples(pictures, np.arange(2), None, "").sha256()


def test_what_does_not_fit_into_memory() -> None:
    with pytest.raises(DataError, match=r"huge\.bin holds 1,000,000,.* bytes of examples, more than the"):
        check_free(10**18, "huge.bin")


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*nowhere: it does not exist"):
        read_dataset(tmp_path / "nowhere")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "images-idx3-ubyte")
    with pytest.raises(DataError, match="it is a pipe, not a regular file"):
        read_dataset(tmp_path)
