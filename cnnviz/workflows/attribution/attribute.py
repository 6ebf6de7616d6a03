"""The job of `cnnviz attribute`: a number of a network, and what in the picture it hangs on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.methods import METHODS, Heat, Method, Settings
from cnnviz.attribution.objective import Objective
from cnnviz.attribution.pixels import completeness_error
from cnnviz.attribution.removal import Curves, RemovalTest
from cnnviz.attribution.sanity import Randomised, randomised_objectives, similarity
from cnnviz.config.wording import suggest
from cnnviz.errors import UsageError
from cnnviz.ops.quiet import quiet
from cnnviz.stack.graph import Node, named, title
from cnnviz.stack.spec import Stack
from cnnviz.wording import listed, shape_text
from cnnviz.workflows.attribution.baseline import baseline_of
from cnnviz.workflows.attribution.request import AttributionRequest
from cnnviz.workflows.attribution.target import Target, find_target
from cnnviz.workflows.prepare.input_image import InputImage
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.way_back import check_way_back


class Answer(NamedTuple):
    """What a method found.

    Attributes:
        method: The method.
        values: What it is defined as: `(H, W, C)`, `(H, W)`, or the size of the layer.
        heat: `(H, W)`: the higher, the more it speaks for the value.
        completeness_error: By how much its parts miss their sum; None where it promises none.
        curves: Deletion and insertion; None if they were not tried.
        shuffled: What is left of it when weights are shuffled; empty if that was not tried.
    """

    method: Method
    values: NDArray[Any]
    heat: Heat
    completeness_error: float | None
    curves: Curves | None
    shuffled: Sequence[Randomised]


@dataclass(frozen=True, eq=False)
class Attributed:
    """All that was found for one picture.

    Attributes:
        stack: The stack.
        pixels: What entered, `(H, W, C)`, from 0 to 255.
        target: What was asked about.
        request: What was asked.
        layer: The layer whose maps class activation maps weigh; empty if none do.
        value: The value; of a class the score.
        probability: Of a class; None of anything else.
        baseline_value: The value that the network gives the baseline.
        answers: The methods' answers.
    """

    stack: Stack
    pixels: NDArray[np.float64]
    target: Target
    request: AttributionRequest
    layer: str
    value: float
    probability: float | None
    baseline_value: float
    answers: Sequence[Answer]


def attribute_picture(
    preparation: Preparation,
    entering: InputImage,
    request: AttributionRequest,
    report: Callable[[str], None] = lambda method: None,
) -> Attributed:
    """Ask what in a picture a number of a network hangs on.

    Args:
        preparation: The stack.
        entering: The picture.
        request: What is asked.
        report: Is told the name of each method before it begins, then of the check of all.

    Raises:
        CnnvizError: If there is no such number, method or layer, or the picture does not fit.
    """
    methods = _methods(request)
    pixels = entering.pixels
    target = find_target(preparation, entering.shape, pixels, request.target)
    objective = target.objective
    check_way_back(objective.network.nodes, preparation.request)
    layer = _layer(objective.network.nodes, preparation.stack, request, methods)
    picture = objective.network.entering(pixels)
    baseline = baseline_of(request.baseline, objective.network, pixels)
    settings = _settings(request, baseline, layer)
    if np.array_equal(picture, baseline):
        preparation.remarks.append(
            f"the baseline {request.baseline} is the picture itself, so taking pixels away changes nothing: choose "
            f"another --baseline"
        )
    values = objective.values(np.stack([picture, baseline]))
    removal = RemovalTest(objective, picture, baseline, seed=request.seed) if request.check else None
    answers = []
    for method in methods:
        report(method.name)
        answers.append(_ask(method, objective, picture, settings, removal))
    if request.check:
        report("shuffled weights")
        answers = _check_sanity(answers, objective, picture, settings)
    return Attributed(
        stack=preparation.stack,
        pixels=pixels,
        target=target,
        request=request,
        layer=layer,
        value=float(values[0]),
        probability=None if target.unit is None else float(objective.shares(picture[None])[0]),
        baseline_value=float(values[1]),
        answers=answers,
    )


def _ask(
    method: Method, objective: Objective, picture: NDArray[Any], settings: Settings, removal: RemovalTest | None
) -> Answer:
    with quiet():
        values = method.compute(objective, picture, settings)
        heat = method.heat(values, picture.shape[:2])
        error = None
        if method.against_baseline:
            error = completeness_error(objective, picture, settings.baseline, values)
        curves = None if removal is None else removal.curves(heat)
    return Answer(method, values, heat, error, curves, ())


def _check_sanity(
    answers: Sequence[Answer], objective: Objective, picture: NDArray[Any], settings: Settings
) -> list[Answer]:
    """Ask every method again for networks whose weights were shuffled."""
    found: list[list[Randomised]] = [[] for _ in answers]
    for name, other in randomised_objectives(objective, seed=settings.seed):
        for answer, kept in zip(answers, found, strict=True):
            with quiet():
                heat = answer.method.heat(answer.method.compute(other, picture, settings), picture.shape[:2])
            kept.append(Randomised(name, similarity(answer.heat, heat)))
    return [answer._replace(shuffled=kept) for answer, kept in zip(answers, found, strict=True)]


def _methods(request: AttributionRequest) -> list[Method]:
    """Return the methods that are asked for; refuse settings that none of them goes by."""
    for name in request.methods:
        if name not in METHODS:
            raise UsageError(f"no method is called {name!r}; {suggest(name, list(METHODS), 'methods are')}")
    chosen = [method for method in METHODS.values() if not request.methods or method.name in request.methods]
    for setting in dict.fromkeys(setting for method in METHODS.values() for setting in method.goes_by):
        if getattr(request, setting) is None or any(setting in method.goes_by for method in chosen):
            continue
        theirs = listed([method.name for method in METHODS.values() if setting in method.goes_by])
        raise UsageError(
            f"--{setting} is for {theirs}, and --method asks for {listed([method.name for method in chosen])} alone: "
            f"leave --{setting} out, or ask for one of its methods"
        )
    return chosen


def _settings(request: AttributionRequest, baseline: NDArray[Any], layer: str) -> Settings:
    shorter = min(baseline.shape[:2])
    window = request.window or max(1, shorter // 6)
    return Settings(
        baseline=baseline,
        layer=layer,
        samples=request.samples or 50,
        noise=0.15 if request.noise is None else request.noise,
        steps=request.steps or 50,
        window=window,
        stride=request.stride or max(1, window // 2),
        seed=request.seed,
    )


def _layer(nodes: Sequence[Node], stack: Stack, request: AttributionRequest, methods: list[Method]) -> str:
    """Return the layer whose maps are weighed, and take out the methods that need one where there is none."""
    asked = request.layer
    if asked is None:
        found = next((node for node in reversed(nodes[:-1]) if _is_map(node)), None)
        if found is not None:
            return found.layer.name
        if _is_map(nodes[-1]):
            return nodes[-1].layer.name
        if (unable := next((it.name for it in methods if it.on_layer and request.methods), None)) is not None:
            raise UsageError(f"{unable} weighs maps, and no layer before the value has a height and a width")
        methods[:] = [method for method in methods if not method.on_layer]
        return ""
    layer = named(stack.layers, asked)
    if layer is None:
        names = [node.layer.name for node in nodes if _is_map(node)]
        raise UsageError(f"there is no layer {asked!r}; {suggest(asked, names, 'layers with maps are')}")
    node = next((node for node in nodes if node.layer.name == layer.name), None)
    if node is None:
        raise UsageError(f"{title(layer)} does not lead to the value: name a layer before it")
    if not _is_map(node):
        names = [node.layer.name for node in nodes if _is_map(node)]
        raise UsageError(
            f"{title(layer)} gives {shape_text(node.output_shape)}, without a height and a width to draw a map of; "
            f"{'layers with maps are ' + ', '.join(names[-5:]) if names else 'no layer has'}"
        )
    return layer.name


def _is_map(node: Node) -> bool:
    shape = node.output_shape
    return len(shape) == 3 and shape[0] * shape[1] > 1
