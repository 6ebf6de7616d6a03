"""The entry point of the `cnnviz` command."""

from __future__ import annotations

from cnnviz.cli import main

if __name__ == "__main__":
    main()
