from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.io import opencv
from cnnviz.io.images import read_image
from tests.helpers.pictures import SAMPLES


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


SMALL = {f"OPENCV_IO_MAX_IMAGE_{what}": "100" for what in ("PIXELS", "WIDTH", "HEIGHT")}


def test_a_users_limits_are_out_of_the_way_and_stay_theirs():
    code = (
        "import os, sys; from cnnviz.io.images import read_image; print(read_image(sys.argv[1]).pixels.shape);"
        "print(os.environ['OPENCV_IO_MAX_IMAGE_PIXELS'], 'OPENCV_IO_MAX_IMAGE_WIDTH' in os.environ)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENCV")}
    environment["OPENCV_IO_MAX_IMAGE_PIXELS"] = "100"
    command = [sys.executable, "-c", code, str(SAMPLES / "digit.png")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "(28, 28)\n100 False\n"


@pytest.mark.parametrize("name", ["camera.png", "chelsea.png"])
def test_where_someone_else_has_imported_opencv_with_limits_of_its_own(name):
    code = (
        "import sys, hashlib, cv2; from cnnviz.io.images import read_image;"
        "print(hashlib.sha256(read_image(sys.argv[1]).pixels.tobytes()).hexdigest())"
    )
    command = [sys.executable, "-c", code, str(SAMPLES / name)]
    done = subprocess.run(command, env={**os.environ, **SMALL}, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(read_image(SAMPLES / name).pixels.tobytes()).hexdigest()


def test_importing_the_package_does_not_import_opencv():
    code = "import sys, cnnviz.io.images, cnnviz.io.png, cnnviz.io.pixels; print('cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
