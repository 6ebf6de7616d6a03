"""`--open`: the page that a command wrote, in the browser of whoever typed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from cnnviz.cli._declaring import option

if TYPE_CHECKING:
    from cnnviz.io.files import AnyPath

F = TypeVar("F", bound=Callable[..., Any])


def open_option(which: str, **settings: Any) -> Callable[[F], F]:
    """Declare the option.

    Args:
        which: The page that is opened, in words.
        **settings: Of the option.
    """
    return option("--open", "open_page", is_flag=True, help=f"Open {which} in the browser.", **settings)


def open_in_browser(page: AnyPath) -> None:
    """Open a page in the browser; say so if there is none, for the page is written all the same."""
    import webbrowser
    from pathlib import Path

    from cnnviz.cli._messages import say_warning
    from cnnviz.io.files import show_path
    from cnnviz.io.urls import is_url

    if is_url(str(page)):
        say_warning(f"{show_path(page)} is not on this machine: copy the folder to a disk to open it")
        return
    try:
        opened = webbrowser.open(Path(page).absolute().as_uri())
    except (webbrowser.Error, OSError):
        opened = False
    if not opened:
        say_warning(
            f"no browser was found here to open {show_path(page)} in: open the file yourself, or name a browser in the "
            "environment variable BROWSER"
        )
