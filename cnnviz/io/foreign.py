"""What a file looks like that is not a picture we read, and what to do about it."""

from __future__ import annotations

import re

READABLE = "PNG, JPEG, BMP, TIFF, WebP, GIF or .npy"

_CONVERT = "convert it to PNG first"
_STARTS = (
    (b"%PDF", "a PDF document", "save the page as PNG first"),
    (b"8BPS", "a Photoshop file", _CONVERT),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", _CONVERT),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture", _CONVERT),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture", _CONVERT),
    (b"\xff\x0a", "a JPEG XL picture", _CONVERT),
    (b"v/1\x01", "an OpenEXR picture", "save it as .npy, which is taken as it is"),
    (rb"#\?RADIANCE", "a Radiance HDR picture", "save it as .npy, which is taken as it is"),
    (b"\0\0\1\0", "a Windows icon", _CONVERT),
    (b"PK\x03\x04", "a ZIP or .npz archive", "unpack it first"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"\x89HDF\r\n", "an HDF5 file", "name pictures as inputs, weights with --weights"),
    (b"RIFF", "a sound or video file", "save a frame of it as PNG first"),
    (b"\x1aE\xdf\xa3", "a video file", "save a frame of it as PNG first"),
    (b"....ftyphei[cx]", "a HEIC picture", _CONVERT),
    (b"....ftypmif1", "a HEIF picture", _CONVERT),
    (b"....ftypavi[fs]", "an AVIF picture", _CONVERT),
    (b"....ftyp", "a video file", "save a frame of it as PNG first"),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the picture with `git lfs pull`"),
)


def describe(data: bytes) -> str:
    """Say what a file looks like and what to do, as the end of a sentence that names it."""
    looks, advice = _guess(data)
    return f"is {looks}, not {READABLE}: {advice}"


def _guess(data: bytes) -> tuple[str, str]:
    if not data:
        return "empty", "was it copied whole?"
    for start, looks, advice in _STARTS:
        if re.match(start, data, re.DOTALL):
            return looks, advice
    if not data.strip(b"\0"):
        return "nothing but zeros", "was it copied whole?"
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head:
        return "an SVG drawing", "draw it as PNG first"
    if head.startswith((b"<!doctype html", b"<html")):
        return "a web page", "was it meant to be the picture on that page?"
    if head and not head.translate(None, bytes({*range(32, 127), 9, 10, 12, 13, *range(128, 256)})):
        return "a text file", "name a list of pictures with --files-from"
    return "of an unknown kind", _CONVERT
