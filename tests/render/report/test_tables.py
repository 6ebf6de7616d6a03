from __future__ import annotations

import csv
import io

from msgspec.structs import replace

from cnnviz.render.report.tables import FORMATS, to_csv, to_latex, to_markdown
from tests.helpers.rows import each

SUFFIXES = {"csv": "csv", "markdown": "md", "latex": "tex"}


@each("form", SUFFIXES)
@each("name", ["shapes", "pixels", "branching"])
def test_golden(name, form, request, golden):
    golden(f"report_{name}.{SUFFIXES[form]}", FORMATS[form](request.getfixturevalue(name)))


@each("form", FORMATS)
def test_every_form_ends_with_one_newline_and_is_the_same_again(form, pixels):
    text = FORMATS[form](pixels)
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert text == FORMATS[form](pixels)


class TestCsv:
    def test_says_what_the_report_holds(self, pixels, branching):
        for report in (pixels, branching):
            for row, layer in zip(csv.DictReader(io.StringIO(to_csv(report))), report.layers, strict=True):
                assert (row["name"], row["type"], int(row["index"])) == (layer.name, layer.type, layer.index)
                assert (int(row["params"]), int(row["macs"])) == (layer.params, layer.macs)
                assert row["output_shape"] == "x".join(map(str, layer.output_shape))
                assert row["formula"] == "; ".join(layer.formula)
                assert int(row["receptive_field_start_width"]) == layer.receptive_field.start[1]

    def test_has_values_only_with_pixels(self, shapes, pixels):
        assert "mean" not in to_csv(shapes).splitlines()[0]
        (row, *_) = csv.DictReader(io.StringIO(to_csv(pixels)))
        assert float(row["mean"]) == pixels.layers[0].stats.mean


@each(("write", "divider"), [(to_markdown, " | "), (to_latex, " & ")])
@each("name", ["shapes", "pixels", "branching", "deep"])
def test_sums_are_those_of_the_lines(write, divider, name, request):
    report = request.getfixturevalue(name)
    rows = [line.split(divider) for line in write(report).splitlines() if divider in line and "---" not in line]
    head, *layers, total = rows[: len(report.layers) + 2]
    for title in ("params", "MACs"):
        column = head.index(title)
        counts = [int(row[column].replace(",", "")) for row in [*layers, total]]
        assert counts[-1] == sum(counts[:-1])


def test_markdown_escapes(shapes):
    name = "a|b*c_d _e_ [f] <g> `h`"
    text = to_markdown(replace(shapes, name=name))
    assert text.startswith(r"## a\|b\*c_d \_e\_ \[f\] \<g\> \`h\`")


def test_latex_escapes(shapes):
    text = to_latex(replace(shapes, name=r"50% & $1 #2 a_b {c} ~d ^e \f --g"))
    assert r"50\% \& \$1 \#2 a\_b \{c\} \textasciitilde{}d \textasciicircum{}e \textbackslash{}f -{}-g" in text
    assert text.count("{") == text.count("}")
