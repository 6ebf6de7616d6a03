from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from cnnviz.errors import OutputError, UsageError
from cnnviz.io.animation import animation_format, check_animation, encode_animation, is_ours, write_animation

LOSSLESS = ["PNG", "WEBP"]
FORMATS = ["GIF", *LOSSLESS]


def decode(data: bytes) -> tuple[list[NDArray[np.uint8]], list[int], dict[str, Any]]:
    """Return the frames in RGB, their times in milliseconds, and what the file says of itself."""
    with Image.open(io.BytesIO(data)) as image:
        info = dict(image.info)
        frames, durations = [], []
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            frames.append(np.array(image.convert("RGB")))
            durations.append(round(image.info["duration"]))
    return frames, durations, info


def color_tables(gif: bytes) -> list[bool]:
    """Say of a GIF and of each of its frames whether it has a table of colours."""
    tables = [bool(gif[10] & 0x80)]
    position = 13 + (3 << (gif[10] & 7) + 1) * tables[0]
    while gif[position] != 0x3B:
        if gif[position] == 0x2C:
            tables.append(bool(gif[position + 9] & 0x80))
            position += 11 + (3 << (gif[position + 9] & 7) + 1) * tables[-1]
        else:
            position += 2
        while gif[position]:
            position += 1 + gif[position]
        position += 1
    return tables


def moving(colors: int, count: int = 6) -> list[NDArray[np.uint8]]:
    """Draw noise with a square that moves over it."""
    noise = np.random.default_rng(0).integers(0, colors, (20, 30))
    frames = []
    for index in range(count):
        frame = np.stack([noise % 256, noise // 256 * 16, noise // 4096], axis=-1).astype(np.uint8)
        frame[4:9, 4 * index : 4 * index + 5] = (0, 0, 0)
        frames.append(frame)
    return frames


@pytest.mark.parametrize("format_", FORMATS)
@settings(max_examples=6)
@given(
    pixels=st.lists(st.lists(st.integers(0, 3), min_size=12, max_size=12), min_size=1, max_size=6, unique_by=tuple),
    colors=st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=4, max_size=4),
)
def test_few_colours_come_back_as_they_were(
    format_: str, pixels: list[list[int]], colors: list[tuple[int, int, int]]
) -> None:
    table = np.array(colors, np.uint8)
    frames = [table[np.array(cells).reshape(3, 4)] for cells in pixels]
    distinct = [f for i, f in enumerate(frames) if not i or not np.array_equal(f, frames[i - 1])]
    assume(len(distinct) > 1)
    found, _, _ = decode(encode_animation(frames, 10, format_))
    np.testing.assert_array_equal(found, distinct)


@pytest.mark.parametrize("format_", LOSSLESS)
def test_many_colours_are_not_changed_either(format_: str) -> None:
    frames = moving(colors=5000)
    np.testing.assert_array_equal(decode(encode_animation(frames, 10, format_))[0], frames)


def test_a_gif_of_many_colours_has_one_palette_and_does_not_flicker() -> None:
    frames = moving(colors=5000)
    data = encode_animation(frames, 10, "GIF")
    found = np.array(decode(data)[0]).astype(int)
    still = np.ones((20, 30), bool)
    still[4:9] = False
    assert (found[:, still] == found[:1, still]).all()
    assert np.abs(found - np.array(frames)).mean() < 12
    assert (found[0, 4:9, 0:5] == 0).all()  # what is flat stays so
    assert color_tables(data) == [True, *[False] * 6]


@pytest.mark.parametrize("format_", FORMATS)
def test_it_loops_for_ever_and_always_has_the_same_bytes(format_: str) -> None:
    data = encode_animation(moving(300), 10, format_)
    assert data == encode_animation([frame[::-1][::-1] for frame in moving(300)], 10, format_)
    assert decode(data)[2]["loop"] == 0


@pytest.mark.parametrize("format_", FORMATS)
def test_the_time_of_frames_adds_up(format_: str) -> None:
    frames = moving(200)
    _, durations, _ = decode(encode_animation([*frames, frames[-1], frames[-1]], 30, format_))
    unit = 10 if format_ == "GIF" else 1
    assert len(durations) == 6
    assert sum(durations) == round(8 / 30 * 1000 / unit) * unit
    assert durations[-1] == pytest.approx(100, abs=unit)


def test_a_picture_may_be_held_very_long() -> None:
    frames = moving(200, count=2)
    assert decode(encode_animation(frames[:1] * 200 + frames[1:], 0.1, "GIF"))[1] == [600_000, 10_000]


@pytest.mark.parametrize("suffix", [".gif", ".png", ".apng", ".webp", ".GIF"])
def test_a_written_file_is_known_for_ours(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / f"film{suffix}"
    check_animation(path)
    write_animation(path, moving(100), 10)
    assert is_ours(path)
    check_animation(path)
    write_animation(path, moving(100, count=1), 10)
    assert is_ours(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_is_not_ours_is_not_overwritten_unless_forced(tmp_path: Path) -> None:
    other = tmp_path / "photo.png"
    Image.new("RGB", (4, 4)).save(other)
    text = tmp_path / "text.gif"
    text.write_text("no picture")
    for path in (other, text):
        with pytest.raises(OutputError, match="did not write is in the way"):
            check_animation(path)
        check_animation(path, force=True)
    odd = tmp_path / "odd.webp"
    Image.new("RGB", (4, 4)).save(odd, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\xff\x01\x31\0\x02\0\0\xff\xff")
    assert not is_ours(odd)
    (tmp_path / "folder.webp").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        check_animation(tmp_path / "folder.webp", force=True)


@pytest.mark.skipif(os.name != "posix", reason="POSIX only")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gif")
    with pytest.raises(OutputError, match="it is a pipe"):
        check_animation(tmp_path / "pipe.gif")


@pytest.mark.parametrize("name", ["film.mp4", "film", ".gif"])
def test_an_unknown_suffix_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(UsageError, match=r"\.gif, \.png, \.apng, \.webp"):
        animation_format(name)


@pytest.mark.parametrize("fps", [0.0, 0.01, 60, float("nan")])
def test_a_speed_that_no_viewer_shows_is_refused(fps: float) -> None:
    with pytest.raises(UsageError, match=r"from 0.1 to 50"):
        encode_animation(moving(9), fps, "GIF")
