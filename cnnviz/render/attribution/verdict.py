"""How far a method's answer is to be believed, in plain English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cnnviz.render.attribution.model import Removal, Shuffled
from cnnviz.render.kit.numbers import percent, short
from cnnviz.render.report.model import Ends

_SAME = 0.6
"""From this mean rank correlation on, a map is called the same whatever the weights are."""

_COMPLETE = 0.05
"""Parts may miss so much of what they should add up to before it is said."""

_CLEAR = 0.02
"""Areas that differ by less are called alike, as a part of the curve's range."""


def verdicts(
    deletion: Removal | None,
    insertion: Removal | None,
    shuffled: Sequence[Shuffled],
    ends: Ends,
    completeness_error: float | None,
    whole: float,
) -> Iterator[str]:
    """Say what a user should know before believing a heat map.

    Args:
        deletion: The value while pixels are taken away; None if that was not tried.
        insertion: The value while pixels are put in.
        shuffled: What is left of the map when weights are shuffled.
        ends: The least and the largest value of the map; None where nothing is finite.
        completeness_error: By how much the parts miss what they should add up to.
        whole: What they should add up to.
    """
    if ends[0] is None:
        yield "nothing in the map is finite: it says nothing"
        return
    if ends[0] == ends[1]:
        yield "the map is the same everywhere: it says nothing"
        return
    if shuffled:
        mean = float(np.mean([part.similarity for part in shuffled]))
        if mean >= _SAME:
            yield (
                f"fails the sanity check: the map stays much the same (rank correlation {mean:.2f} on average) when "
                f"the weights are shuffled, so it shows the picture more than what the network has learned"
            )
    for removal, better, what in ((deletion, -1, "taking away"), (insertion, 1, "putting in")):
        if removal is None or removal.area is None or removal.random_area is None:
            continue
        curve = [value for value in removal.curve if value is not None]
        room = _CLEAR * (max(curve) - min(curve))
        if better * (removal.area - removal.random_area) <= room:
            yield f"{what} its most important pixels first changes no more than pixels in random order"
    if completeness_error is not None and abs(completeness_error) > _COMPLETE * abs(whole):
        missing = percent(abs(completeness_error / whole)) if whole else short(completeness_error, 3)
        yield f"the parts miss what they should add up to by {missing}: raise --steps"
