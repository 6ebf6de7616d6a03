"""The one walk through a graph: its steps in order, each tensor let go once no later step reads it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from cnnviz.layers.base import Array

K = TypeVar("K", bound=Hashable)


class WalkStep(NamedTuple, Generic[K]):
    """A step of a walk.

    Attributes:
        name: The name of the tensor that it makes.
        inputs: The names of the tensors that it reads.
        releases: The tensors that no later step reads.
    """

    name: K
    inputs: tuple[K, ...]
    releases: tuple[K, ...]


def last_uses(uses: Iterable[Sequence[K]]) -> tuple[tuple[K, ...], ...]:
    """Return for each step what no later step uses.

    Args:
        uses: What each step uses, in order.
    """
    uses = tuple(uses)
    last = {name: at for at, used in enumerate(uses) for name in used}
    released: list[list[K]] = [[] for _ in uses]
    for name, at in last.items():
        released[at].append(name)
    return tuple(map(tuple, released))


def steps_of(graph: Iterable[tuple[K, Sequence[K]]]) -> tuple[WalkStep[K], ...]:
    """Work out how long each tensor of a graph lives.

    Args:
        graph: Each tensor's name with the names of the tensors that it is made of, in the order of their computation.
    """
    graph = tuple(graph)
    releases = last_uses((*inputs, name) for name, inputs in graph)
    return tuple(WalkStep(name, tuple(inputs), gone) for (name, inputs), gone in zip(graph, releases, strict=True))


def walk(
    steps: Iterable[WalkStep[K]], compute: Callable[[K, list[Array]], Array], tensors: dict[K, Array]
) -> Iterator[tuple[K, Array]]:
    """Compute the tensors of a graph, one at a time.

    Args:
        steps: What to compute, in order.
        compute: Makes a tensor, by its name, of the tensors that it reads.
        tensors: What enters the graph, by name; tensors stay here as long as they are needed.

    Yields:
        Each tensor with its name.
    """
    for name, inputs, releases in steps:
        out = compute(name, [tensors[read] for read in inputs])
        tensors[name] = out
        for gone in releases:
            del tensors[gone]
        yield name, out
        del out
