from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pictures import SAMPLES

from cnnviz.errors import CnnvizError
from cnnviz.io import opencv

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")


def test_a_library_that_cannot_be_loaded_gives_the_two_ways_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    opencv.cv2.cache_clear()
    try:
        with pytest.raises(CnnvizError) as raised:
            opencv.cv2()
    finally:
        opencv.cv2.cache_clear()
    message = str(raised.value)
    assert message.startswith("OpenCV cannot be loaded: ")
    assert "apt-get install libgl1 libglib2.0-0 libxcb1" in message
    assert "pip install opencv-python-headless" in message


def test_its_own_limits_are_out_of_the_way_and_those_of_a_user_stay():
    code = (
        "import os; from cnnviz.io.opencv import cv2; cv2();"
        "print(os.environ['OPENCV_IO_MAX_IMAGE_PIXELS'], os.environ['OPENCV_LOG_LEVEL'])"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENCV")}
    environment["OPENCV_LOG_LEVEL"] = "SILENT"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(2**40), "SILENT"]


def test_importing_the_package_does_not_import_opencv():
    code = "import sys, cnnviz.io.images, cnnviz.io.png, cnnviz.io.pixels; print('cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@posix
def test_hears_what_decoders_say_and_passes_the_rest_on(capfd):
    def decode() -> int:
        os.write(2, b"libpng warning: iCCP: known incorrect sRGB profile\nsomeone else's line\n")
        os.write(2, b"[ERROR:0@0.1] global grfmt_tiff.cpp:117 TIFF_Error LZWDecode: no EOI\n")
        return 7

    result, heard = opencv.listen(decode)
    assert result == 7
    assert [line[:12] for line in heard] == ["libpng warni", "[ERROR:0@0.1"]
    assert capfd.readouterr().err == "someone else's line\n"


@posix
def test_hears_nothing_and_loses_nothing_when_it_fails(capfd):
    def fail() -> None:
        raise KeyboardInterrupt

    before = len([*Path("/dev/fd").iterdir()])
    with pytest.raises(KeyboardInterrupt):
        opencv.listen(fail)
    os.write(2, b"still there\n")
    assert capfd.readouterr().err == "still there\n"
    assert len([*Path("/dev/fd").iterdir()]) == before


@posix
def test_who_says_too_much_is_not_waited_for(capfd):
    def decode() -> None:
        for _ in range(100):
            try:
                os.write(2, b"libpng warning: " + b"x" * 5000 + b"\n")
            except BlockingIOError:
                return

    assert opencv.listen(decode)[1]
    assert capfd.readouterr().err == ""


@posix
def test_works_without_a_standard_error_stream():
    code = (
        "import os, sys; os.close(2); from cnnviz.io.images import read_image;"
        "print(read_image(sys.argv[1]).pixels.shape)"
    )
    command = [sys.executable, "-c", code, str(SAMPLES / "digit.png")]
    assert subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout == b"(28, 28)\n"
