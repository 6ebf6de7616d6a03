"""What the layers are called: as the calls that they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnviz.interchange.drafting.building import Draft
from cnnviz.io.hdf5.names import legal_names
from cnnviz.layers import snake_case


def with_sources(drafts: Sequence[Draft]) -> list[Draft]:
    """Leave the name of a call's output to the last of the layers that it became."""
    last = {draft.source: number for number, draft in enumerate(drafts)}
    return [
        replace(draft, source="") if draft.source and last[draft.source] != number else draft
        for number, draft in enumerate(drafts)
    ]


def layer_names(drafts: Sequence[Draft], sources: Sequence[str]) -> list[str]:
    """Name the layers: that of a call's layers which has weights, else the last one, as the call."""
    titles = titles_of(sources)
    groups: dict[str, list[int]] = {}
    for number, draft in enumerate(drafts):
        groups.setdefault(draft.node.name, []).append(number)
    wanted = [""] * len(drafts)
    for name, numbers in groups.items():
        weighed = [number for number in numbers if drafts[number].weights]
        main = weighed[0] if weighed else next((n for n in numbers if drafts[n].source), numbers[-1])
        for number in numbers:
            title = titles[name]
            wanted[number] = title if number == main else f"{title}/{snake_case(drafts[number].kind)}"
    return list(legal_names(distinct(wanted)).values())


def titles_of(sources: Sequence[str]) -> dict[str, str]:
    """Return what calls are to be called: by the last of their names where that is enough."""
    short = [source.rpartition("/")[2] for source in sources]
    counts: dict[str, int] = {}
    for name in short:
        counts[name.casefold()] = counts.get(name.casefold(), 0) + 1
    return {
        source: name if counts[name.casefold()] == 1 else source for source, name in zip(sources, short, strict=True)
    }


def distinct(names: Sequence[str]) -> list[str]:
    """Make names unique without regard to case."""
    taken = {name.casefold() for name in names}
    seen: set[str] = set()
    found = []
    for name in names:
        free, number = name, 1
        while free.casefold() in seen or (free != name and free.casefold() in taken):
            number += 1
            free = f"{name}/{number}"
        seen.add(free.casefold())
        found.append(free)
    return found
