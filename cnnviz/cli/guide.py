"""`cnnviz guide`: the reference, in the terminal."""

from __future__ import annotations

from cnnviz.cli._declaring import argument, define


@define(section="Set up", place=4)
@argument("topic", required=False)
def command(topic: str | None) -> None:
    """List the pages of the guide, or show the one on TOPIC.

    TOPIC is a page of the list, or a command. On a terminal the page is shown in the pager that the PAGER variable
    names; elsewhere it is printed.

    \b
    Examples:
      cnnviz guide
      cnnviz guide layers
      cnnviz guide sweep > sweep.md
    """  # noqa: D301
    from cnnviz.cli._messages import print_page, print_text
    from cnnviz.workflows.guide import read_topic, summary, topics

    if topic is not None:
        print_page(read_topic(topic))
        return
    pages = topics()
    width = max(map(len, pages))
    for name, page in pages.items():
        print_text(f"{name:<{width}}  {summary(page)}")
