"""Files behind URLs such as `s3://bucket/photos`, through fsspec: imported only when there is a URL."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cnnviz.errors import CnnvizError, OutputError, UsageError
from cnnviz.io.files import output_errors, plain_reason, show_path
from cnnviz.io.temporaries import remove_stale_scratch, scratch_folder

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}
_ON_DISK = ("file", "local")


def is_url(text: str) -> bool:
    """Whether a text is a URL, not a path."""
    return _URL.match(text) is not None


def split_place(place: str) -> tuple[str, str]:
    """Split a path or a URL.

    Returns:
        The scheme, empty for what lies on this machine's disks, and the path.
    """
    scheme, mark, rest = place.partition("://")
    if not mark:
        return "", place
    return ("", rest) if scheme in _ON_DISK else (scheme, rest)


def file_system(url: str) -> tuple[Any, str]:
    """Find what stands behind a URL.

    Args:
        url: With its scheme; what fsspec knows.

    Returns:
        The file system of fsspec, and the path in it.

    Raises:
        UsageError: If a package for it is not installed, or there is no such kind of store.
    """
    scheme = url.partition("://")[0].lower()
    try:
        from fsspec.core import url_to_fs

        options = {"auto_mkdir": True} if scheme in _ON_DISK else {}
        system, path = url_to_fs(url, **options)
    except ImportError as error:
        install = f"pip install 'cnnviz[{_EXTRAS[scheme]}]'" if scheme in _EXTRAS else "pip install fsspec"
        raise UsageError(f"{scheme}:// URLs need a package that is missing ({error}): {install}") from error
    except Exception as error:
        raise UsageError(f"{show_path(url)}: {reason(error)}") from error
    return system, path


def reason(error: Exception) -> str:
    """Say in a line why a store refused; each raises exceptions of its own libraries."""
    text = plain_reason(error) if isinstance(error, OSError) and error.errno else str(error)
    return " ".join(text.split()) or type(error).__name__


class UrlEntry(NamedTuple):
    """A name in a listing, with the methods of `os.DirEntry` that are used here."""

    name: str
    is_folder: bool

    def is_dir(self) -> bool:
        return self.is_folder

    def is_symlink(self) -> bool:
        return False


class UrlFiles:
    """Reading and listing behind URLs."""

    def entries(self, folder: str) -> list[UrlEntry]:
        """List a folder, in the order of the names.

        Raises:
            UsageError: If it cannot be listed.
        """
        system, path = file_system(folder)
        try:
            system.invalidate_cache(path)
            listed = {item["name"].lstrip("/"): item["type"] == "directory" for item in system.ls(path, detail=True)}
        except Exception as error:
            raise UsageError(f"cannot list {show_path(folder)}: {reason(error)}") from error
        own = path.strip("/")
        found = set()
        for name, is_folder in listed.items():
            if name.rstrip("/") != own:
                found.add(UrlEntry(name.rstrip("/").rpartition("/")[2], is_folder))
            elif is_folder and name != own:
                found.add(UrlEntry("", True))  # keys such as `photos//a.png`
            # Else an empty object that some stores keep in the place of the folder itself.
        return sorted(found)

    def read(
        self, path: str, limit: int, what: str, error: type[CnnvizError] = CnnvizError, name: str | None = None
    ) -> bytes:
        """Read a file whole; see `read_regular_file`."""
        shown = show_path(path) if name is None else name
        system, inside = file_system(path)
        try:
            size = system.size(inside)
            data: bytes = system.cat_file(inside) if size is None or size <= limit else b""
        except Exception as problem:
            missing = isinstance(problem, FileNotFoundError)
            raise error(f"cannot read {shown}: {'it does not exist' if missing else reason(problem)}") from problem
        if (size or 0) > limit or len(data) > limit:
            raise error(f"{shown} is larger than {limit:,} bytes, too large for {what}")
        return data

    def is_folder(self, url: str) -> bool | None:
        """Whether a URL is a folder, or a file; None if there is nothing.

        Raises:
            UsageError: If the store does not say.
        """
        system, path = file_system(url)
        try:
            system.invalidate_cache(path)
            # Not `isfile`: it takes every error for a no.
            return bool(system.info(path)["type"] == "directory")
        except FileNotFoundError:
            return None
        except Exception as error:
            raise UsageError(f"cannot take {show_path(url)}: {reason(error)}") from error


def path_on_disk(url: str) -> str | None:
    """Return the path that a URL means, if what it means is on this machine's disks.

    Raises:
        UsageError: If URLs of that kind cannot be used.
    """
    if url.partition("://")[0].lower() not in _ON_DISK:
        return None
    return str(file_system(url)[1])


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """Give a folder for a copy; that it cannot be made, or written to, is an error of the output."""
    with contextlib.ExitStack() as stack:
        with output_errors("a temporary file"):
            folder = stack.enter_context(scratch_folder())
        yield folder


class UrlFolder:
    """A folder for outputs behind a URL (see `cnnviz.outputs.folders.Folder`).

    Objects are uploaded whole. There are no locks, and empty folders are left to the store.
    """

    def __init__(self, url: str) -> None:
        """Name a folder; nothing is read or made.

        Raises:
            UsageError: If URLs of that kind cannot be used.
        """
        self._url = url.rstrip("/")
        self._system, self._path = file_system(self._url)
        self._listed: set[str] | None = None

    @property
    def path(self) -> None:
        return None

    def __truediv__(self, name: str) -> UrlFolder:
        return UrlFolder(f"{self._url}/{name}")

    def __str__(self) -> str:
        return self._url

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with self._errors("read", ""):
            self._system.invalidate_cache(self._path)
            # One listing in place of a question for each file.
            start = len(self._path.rstrip("/")) + 1
            self._listed = {name[start:] for name in self._system.find(self._path)}
        yield

    def holds(self, name: str) -> bool:
        if self._listed is not None:
            return name in self._listed
        with self._errors("read", name):
            self._system.invalidate_cache(self._path)
            try:
                self._system.info(self._at(name))
            except FileNotFoundError:
                return False
            return True

    holds_file = holds_plain_file = holds

    def read(self, name: str) -> bytes:
        with self._errors("read", name):
            data: bytes = self._system.cat_file(self._at(name))
            return data

    def write(self, name: str, data: bytes) -> None:
        with self._errors("write", name):
            self._system.pipe_file(self._at(name), data)
        self._written(name)

    def make_folders(self, names: Iterable[str]) -> None:
        """Folders come with the objects in them."""

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            if self._listed is None or name in self._listed:
                with contextlib.suppress(FileNotFoundError), self._errors("remove", name):
                    self._system.rm_file(self._at(name))
                if self._listed is not None:
                    self._listed.discard(name)

    def tidy(self) -> None:
        """Folders go with the objects in them."""

    def sweep(self, deep: bool = False) -> None:
        """Objects are uploaded whole; what was to be uploaded may be left on this machine."""
        remove_stale_scratch()

    @contextlib.contextmanager
    def file_to_write(self, name: str) -> Iterator[Path]:
        with _scratch() as folder:
            local = folder / "file"
            yield local
            with self._errors("write", name):
                self._system.put_file(str(local), self._at(name))
        self._written(name)

    @contextlib.contextmanager
    def file_to_read(self, name: str) -> Iterator[Path]:
        with _scratch() as folder:
            local = folder / "file"
            with self._errors("read", name):
                self._system.get_file(self._at(name), str(local))
            yield local

    def _at(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}"

    def _written(self, name: str) -> None:
        if self._listed is not None:
            self._listed.add(name)

    @contextlib.contextmanager
    def _errors(self, verb: str, name: str) -> Iterator[None]:
        """Turn what a store raises into an `OutputError`; a file that is not there stays a `FileNotFoundError`."""
        try:
            yield
        except Exception as error:
            # What cannot be listed or written to is missing as a whole: a bucket, not a file.
            if isinstance(error, FileNotFoundError) and name and verb != "write":
                raise
            where = f"{self._url}/{name}".rstrip("/")
            raise OutputError(f"cannot {verb} {show_path(where)}: {reason(error)}") from error
