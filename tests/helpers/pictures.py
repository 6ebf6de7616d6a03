"""Small pictures of every kind, made with Pillow, which matplotlib brings along."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

SAMPLES = Path(__file__).parents[2] / "sample_images"
MODES = {
    "PNG": ["1", "L", "LA", "P", "RGB", "RGBA"],
    "JPEG": ["L", "RGB", "CMYK"],
    "BMP": ["1", "L", "P", "RGB", "RGBA"],
    "TIFF": ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"],
    "WEBP": ["RGB", "RGBA"],
    "GIF": ["L", "P"],
}


def save(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def photograph() -> Image.Image:
    """A detail of a photograph, 17 x 23, RGB."""
    return Image.open(SAMPLES / "coffee.png").convert("RGB").crop((100, 100, 192, 168)).resize((23, 17))


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def make_pictures() -> dict[str, bytes]:
    image = photograph()
    turned = Image.Exif()
    turned[274] = 6
    more = [image.rotate(90), image.rotate(180)]
    levels = np.array(image)[..., ::-1]
    pictures = {f"{kind} {mode}": save(image.convert(mode), kind) for kind in MODES for mode in MODES[kind]}
    pictures |= {
        "JPEG progressive": save(image, "JPEG", progressive=True),
        "JPEG restarts": save(image, "JPEG", restart_marker_blocks=1),
        "JPEG turned": save(image, "JPEG", exif=turned.tobytes()),
        "PNG turned": save(image, "PNG", exif=turned.tobytes()),
        "PNG animation": save(image, "PNG", save_all=True, append_images=more),
        "PNG 16": cv2.imencode(".png", levels.astype(np.uint16) * 257)[1].tobytes(),
        "TIFF 16": cv2.imencode(".tiff", levels.astype(np.uint16) * 257)[1].tobytes(),
        "TIFF turned": save(image, "TIFF", tiffinfo={274: 6}),
        "TIFF big": save(image, "TIFF", big_tiff=True),
        "TIFF pages": save(image, "TIFF", save_all=True, append_images=more),
        "WEBP lossless": save(image, "WEBP", lossless=True),
        "WEBP turned": save(image, "WEBP", exif=turned.tobytes()),
        "GIF interlaced": save(image.quantize(64), "GIF", interlace=1),
        "GIF animation": save(image, "GIF", save_all=True, append_images=more),
        "npy": npy(np.array(image).astype(np.float32)),
        "npy Fortran": npy(np.asfortranarray(np.array(image)[..., 0].astype(">i2"))),
    }
    for name in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        pictures[f"TIFF {name}"] = save(image, "TIFF", compression=name)
    return pictures


PICTURES = make_pictures()
