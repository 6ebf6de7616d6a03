"""A comparison as JUnit XML, which every CI shows as tests: a suite for each image, a case for each of its layers."""

from __future__ import annotations

from xml.etree import ElementTree

from cnnviz.io.files import show_path
from cnnviz.render.comparison import wording
from cnnviz.render.comparison.model import NO_LAYER, PASSES, Comparison, ImageComparison, LayerComparison


def to_junit(comparison: Comparison) -> bytes:
    """Write a comparison as JUnit XML."""
    root = ElementTree.Element("testsuites", name="cnnviz compare")
    for image in comparison.images:
        _add_suite(root, image)
    if comparison.problems:
        suite = ElementTree.SubElement(root, "testsuite", name="run")
        for problem in comparison.problems:
            _add_case(suite, "cnnviz.run", problem, problem, problem)
    for element in (*root, root):
        for name, tag in (("tests", "testcase"), ("failures", "failure")):
            element.set(name, str(sum(1 for _ in element.iter(tag))))
        element.set("errors", "0")
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _add_suite(root: ElementTree.Element, image: ImageComparison) -> None:
    label = show_path(image.label) or "image"
    suite = ElementTree.SubElement(root, "testsuite", name=label)
    if image.verdict in ("added", "removed"):
        headline = wording.headline(image)
        _add_case(suite, label, image.verdict, headline, headline)
    else:
        if image.problems:
            _add_case(suite, label, "complete", image.problems[0], "\n".join(image.problems))
        for layer in image.layers:
            name = layer.name if layer.index == NO_LAYER else f"{layer.index:02d} {layer.name}"
            failed = layer.verdict not in PASSES
            _add_case(suite, label, name or "other", wording.what_changed(layer) if failed else "", _details(layer))


def _details(layer: LayerComparison) -> str:
    lines = [wording.facts(layer)] if layer.facts else []
    for picture in layer.pictures:
        said = wording.picture(picture)
        lines.append(f"{wording.VERDICTS[picture.verdict]}: {show_path(picture.path)}" + (f": {said}" if said else ""))
    return "\n".join(lines)


def _add_case(suite: ElementTree.Element, owner: str, name: str, message: str, details: str) -> None:
    """Add a case; without a message it passed, and its details are its output."""
    case = ElementTree.SubElement(suite, "testcase", classname=owner, name=name, time="0")
    if message:
        ElementTree.SubElement(case, "failure", message=message).text = details
    elif details:
        ElementTree.SubElement(case, "system-out").text = details
