"""`cnnviz configs`: the bundled stacks."""

from __future__ import annotations

from cnnviz.cli._declaring import argument, define


@define(section="Set up", place=2)
@argument("name", required=False)
def command(name: str | None) -> None:
    """List the bundled stacks, or print the one called NAME.

    \b
    Examples:
      cnnviz configs
      cnnviz configs l3 > mine.yaml
    """  # noqa: D301
    from cnnviz.cli._messages import print_text
    from cnnviz.config.bundled import bundled_stack, bundled_stacks, summary

    if name is not None:
        print_text(bundled_stack(name).read_text(encoding="utf-8"), end="")
        return
    stacks = bundled_stacks()
    width = max(map(len, stacks))
    for stack, file in stacks.items():
        print_text(f"{stack:<{width}}  {summary(file)}")
