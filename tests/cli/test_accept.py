from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnviz.outputs import replacing
from cnnviz.outputs.plan import STAGE
from cnnviz.outputs.replacing import Replacement
from tests.helpers.commands import STACK, Outcome, picture
from tests.helpers.snapshots import change, edit_report

Invoke = Callable[..., Outcome]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def another_run(cnnviz: Invoke, tmp_path: Path, *arguments: object) -> Path:
    """Run the two images with other weights and activations."""
    (tmp_path / "other.yaml").write_text(STACK.replace("relu", "tanh"))
    status = cnnviz(
        "run", "photo.png", "pets", "-c", "other.yaml", "--seed", 3, "-o", "later", "--workers", 1, *arguments
    ).status
    assert status == 0
    return tmp_path / "later"


def test_a_missing_baseline_is_made(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    status, out, _ = cnnviz("accept", "deep/new", "now")
    assert status == 0
    assert out.splitlines() == [
        "new       cat",
        "new       photo",
        "2 new, 0 changed, 0 pruned, 0 left, 0 the same",
    ]
    assert tree(tmp_path / "deep/new") == tree(two)
    assert cnnviz("compare", "deep/new", "now").status == 0


def test_the_folder_of_one_image(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    assert cnnviz("accept", "one", "now/photo").status == 0
    assert tree(tmp_path / "one") == tree(two / "photo")
    change(two / "photo/01_conv.png")
    assert cnnviz("compare", "one", "now/photo").status == 1
    assert cnnviz("accept", "one", "now/photo").out.startswith("changed   the image\n")
    assert tree(tmp_path / "one") == tree(two / "photo")
    assert cnnviz("accept", "one", "now").status == 2


def test_what_differs_is_taken_over_whole(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    later = another_run(cnnviz, tmp_path, "--no-maps", "--save-activations")
    (later / "photo/index.html").write_text('<meta name="generator" content="cnnviz">')
    assert cnnviz("compare", "base", "later").status == 1
    assert cnnviz("accept", "base", "later").status == 0
    assert tree(tmp_path / "base") == tree(later)
    assert not (tmp_path / "base/photo/01_conv").exists()
    assert cnnviz("compare", "base", "later").status == 0
    again = cnnviz("accept", "base", "later")
    assert again.out == "0 new, 0 changed, 0 pruned, 0 left, 2 the same\n"


def test_what_is_not_cnnvizs_stays(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    mine = [
        "base/README.md",
        "base/photo/notes.txt",
        "base/photo/01_conv/mine.txt",
        "base/photo/mine.png",
        "base/.git/x",
    ]
    for name in mine:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    another_run(cnnviz, tmp_path, "--no-maps")
    shutil.rmtree(tmp_path / "later/cat")
    assert cnnviz("accept", "base", "later", "--prune").status == 0
    assert all((tmp_path / name).read_text() == "mine" for name in mine)
    assert not (tmp_path / "base/cat").exists()
    assert cnnviz("compare", "base", "later").status == 0


@pytest.mark.parametrize(
    "name", ["weights.h5", "photo/index.html", "photo/activations.h5", "photo/99_mine.png", "dog/report.json", "dog"]
)
def test_a_foreign_file_in_the_way_forbids_it_all(cnnviz: Invoke, two: Path, tmp_path: Path, name: str) -> None:
    later = another_run(cnnviz, tmp_path, "--save-activations")
    (later / "photo/index.html").write_text('<meta name="generator" content="cnnviz">')
    shutil.move(later / "cat", later / "dog")
    path = tmp_path / "base" / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text("mine")
    before = tree(tmp_path / "base")
    status, _, err = cnnviz("accept", "base", "later")
    assert status == 4
    assert name in err
    assert "move it" in err
    assert tree(tmp_path / "base") == before


def test_new_only_and_changed_only(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    change(two / "photo/01_conv.png")
    shutil.copytree(two / "cat", two / "dog")
    assert cnnviz("accept", "base", "now", "--new-only", "--changed-only").status == 2
    out = cnnviz("accept", "base", "now", "--new-only").out
    assert out.startswith("new       dog\nleft      photo  changed: --new-only\n")
    assert cnnviz("compare", "base", "now").out.splitlines()[-1].startswith("differs: 3 images: 2 same, 1 changed;")
    shutil.copytree(two / "cat", two / "cow")
    out = cnnviz("accept", "base", "now", "--changed-only").out
    assert out.startswith("changed   photo\nleft      cow  new: --changed-only\n")
    assert cnnviz("compare", "base", "now").out.splitlines()[-1].startswith("differs: 4 images: 3 same, 1 added;")


def test_only_prune_takes_images_away(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    shutil.rmtree(two / "cat")
    out = cnnviz("accept", "base", "now").out
    assert out.startswith("left      cat  only in the baseline: --prune takes it away\n")
    assert cnnviz("compare", "base", "now").status == 1
    assert cnnviz("accept", "base", "now", "--prune").out.startswith("pruned    cat\n")
    assert tree(tmp_path / "base") == tree(two)


def test_an_image_that_failed_is_not_pruned(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    shutil.rmtree(two / "cat")
    (two / "failures.jsonl").write_text('{"file": "cat.png", "stage": "input", "message": "the file is empty"}\n')
    out = cnnviz("accept", "base", "now", "--prune").out
    assert out.startswith("left      cat  only in the baseline: it failed in the current run\n")
    assert (tmp_path / "base/cat/report.json").exists()


def test_failures_are_accepted_with_the_rest(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    (two / "failures.jsonl").write_text('{"file": "bad.png", "stage": "input", "message": "the file is empty"}\n')
    assert cnnviz("compare", "base", "now").status == 1
    assert cnnviz("accept", "base", "now").status == 0
    assert cnnviz("compare", "base", "now").status == 0
    (two / "failures.jsonl").unlink()
    assert cnnviz("accept", "base", "now").status == 0
    assert tree(tmp_path / "base") == tree(two)


def test_single_layers(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    later = another_run(cnnviz, tmp_path)
    base = tmp_path / "base"
    weights = (base / "weights.h5").read_bytes()
    assert cnnviz("accept", "base", "later", "--layer", "conv").status == 0
    assert cnnviz("compare", "base", "later", "--layer", "conv").status == 0
    assert cnnviz("compare", "base", "now", "--layer", "act", "--layer", "input").status == 0
    assert cnnviz("compare", "base", "later", "-q").out.startswith("first layer that diverges: layer 2, act")
    merged = json.loads((base / "photo/report.json").read_text())
    assert "digest" not in merged
    ours, theirs = (json.loads((side / "photo/report.json").read_text()) for side in (two, later))
    assert merged["layers"] == [theirs["layers"][0], *ours["layers"][1:]]
    assert (base / "weights.h5").read_bytes() == weights
    # No later run may take the mixture for its own.
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "base")
    assert cnnviz("compare", "base/photo", "now/photo").status == 0


def test_single_layers_of_other_stacks_or_new_images_are_refused(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    assert cnnviz("accept", "new", "now", "--layer", "conv").status == 2
    assert not (tmp_path / "new").exists()
    (tmp_path / "stack.yaml").write_text(STACK.replace("name: act", "name: relu").replace("3}", "5}"))
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "later")
    before = tree(tmp_path / "base")
    status, _, err = cnnviz("accept", "base", "later", "--layer", "conv")
    assert status == 2
    assert "leave --layer out" in err
    assert tree(tmp_path / "base") == before
    shutil.copytree(two / "photo", two / "dog")
    out = cnnviz("accept", "base", "now", "--layer", "conv").out
    assert out.startswith("left      dog  new: it is taken over whole, without --layer\n")
    assert cnnviz("accept", "base", "now", "--layer", "conv", "--prune").status == 2


def test_reports_alone(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    base = tmp_path / "git"
    assert cnnviz("accept", "git", "now", "--reports-only").status == 0
    assert set(tree(base)) == {"environment.json"} | {
        f"{image}/report.{suffix}" for image in ("cat", "photo") for suffix in ("json", "txt")
    }
    status, out, _ = cnnviz("compare", "git", "now")
    assert status == 0
    assert "judged by the hashes of the baseline's reports: 2 of 2 images" in out
    change(two / "photo/02_act.png")
    status, out, _ = cnnviz("compare", "git", "now", "--max-level", 200)
    assert status == 1
    assert "photo: diverges first at layer 2, act: 02_act.png: the hash of its pixels differs" in out
    # The report no longer says what the picture shows, so that its hash would be a lie.
    status, _, err = cnnviz("accept", "git", "now", "--reports-only")
    assert status == 2
    assert "02_act.png is not what its report says" in err
    later = another_run(cnnviz, tmp_path)
    mine = later / "photo/01_conv/007.png"
    mine.write_bytes((later / "photo/02_act.png").read_bytes())
    status, _, err = cnnviz("accept", "git", "later", "--reports-only")
    assert status == 2
    assert "photo: 01_conv/007.png is not in its report; move it" in err
    mine.unlink()
    assert cnnviz("accept", "git", "later", "--reports-only").status == 0
    assert cnnviz("compare", "git", "later").status == 0
    (later / "photo/02_act.png").unlink()
    (later / "photo/03_pool/000.png").write_bytes(b"")
    shutil.copy(later / "photo/01_conv.png", later / "photo/extra.png")
    status, out, _ = cnnviz("compare", "git", "later")
    assert status == 1
    assert "24 same, 1 added, 1 removed, 1 unreadable" in out


def test_a_full_baseline_becomes_one_of_reports_alone_and_back(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    full = tree(base)
    (base / "photo/mine.png").write_text("mine")
    assert cnnviz("accept", "base", "now", "--reports-only").out.startswith("changed   cat\nchanged   photo\n")
    assert [name for name in tree(base) if name.endswith((".png", ".h5"))] == ["photo/mine.png"]
    assert cnnviz("compare", "base", "now").status == 0
    change(two / "photo/02_act.png")
    assert cnnviz("accept", "base", "now", "--reports-only").status == 2
    status, _, err = cnnviz("accept", "base", "now")
    assert status == 0
    assert "photo: the baseline kept its report alone, and has its pictures now" in err
    assert cnnviz("compare", "base", "now").status == 0
    assert {name for name in tree(base) if name.startswith("photo/")} - {"photo/mine.png"} == {
        name for name in full if name.startswith("photo/")
    }


def test_single_layers_of_reports_alone(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    later = another_run(cnnviz, tmp_path)
    cnnviz("accept", "git", "now", "--reports-only")
    assert cnnviz("accept", "git", "later", "--layer", "conv").status == 0
    assert cnnviz("compare", "git", "later", "--layer", "conv").status == 0
    assert cnnviz("compare", "git", "now", "--layer", "act").status == 0
    assert not list((tmp_path / "git").rglob("*.png"))
    change(later / "photo/02_act.png")
    assert cnnviz("accept", "git", "later", "--layer", "act").status == 2
    assert cnnviz("accept", "base", "later", "--layer", "act", "--reports-only").status == 2


@pytest.mark.parametrize("harm", ["report", "picture", "damage", "journal"])
def test_what_is_not_complete_is_refused(cnnviz: Invoke, two: Path, tmp_path: Path, harm: str) -> None:
    change(two / "cat/01_conv.png")
    if harm in ("report", "journal"):
        (two / "photo/report.json").unlink()
    if harm == "journal":
        (two / "photo/.cnnviz-journal.json").write_text("{}")
    if harm == "picture":
        (two / "photo/02_act.png").unlink()
    if harm == "damage":
        (two / "photo/02_act.png").write_bytes(b"no picture")
    before = tree(tmp_path / "base")
    for target in ("base", "new"):
        status, _, err = cnnviz("accept", target, "now")
        assert status == 2
        assert "photo: " in err
    assert tree(tmp_path / "base") == before
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["empty", "foreign", "missing", "photo.png"])
def test_a_current_folder_that_is_no_output_is_refused(cnnviz: Invoke, two: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    picture(tmp_path / "foreign/photo.png")
    assert cnnviz("accept", "base", name).status == 2
    assert cnnviz("accept", "new", name).status == 2
    assert not (tmp_path / "new").exists()


def test_a_baseline_that_is_something_else_is_refused(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    picture(tmp_path / "foreign/photo.png")
    before = tree(tmp_path / "foreign")
    status, _, err = cnnviz("accept", "foreign", "now")
    assert status == 2
    assert "is not an output of cnnviz" in err
    assert tree(tmp_path / "foreign") == before
    assert cnnviz("accept", "photo.png", "now").status == 4
    for pair in (("now", "now"), ("now/sub", "now"), ("pets", "pets/cat")):
        assert cnnviz("accept", *pair).status == 2


def test_an_empty_baseline_is_filled(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    (tmp_path / "new/.git").mkdir(parents=True)
    assert cnnviz("accept", "new", "now").status == 0
    assert cnnviz("compare", "new", "now").status == 0


def test_an_interrupted_image_of_the_baseline_is_mended(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    (tmp_path / "base/photo/report.json").unlink()
    journal = {"files": ["01_conv.png", "99_old.png", "../../stack.yaml"]}
    (tmp_path / "base/photo/.cnnviz-journal.json").write_text(json.dumps(journal))
    shutil.copy(two / "photo/01_conv.png", tmp_path / "base/photo/99_old.png")
    assert cnnviz("compare", "base", "now").status == 1
    assert cnnviz("accept", "base", "now").status == 0
    assert tree(tmp_path / "base") == tree(two)
    assert (tmp_path / "stack.yaml").exists()


def test_reports_that_lead_out_of_the_folder_touch_nothing(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    def lead_out(report: Any) -> None:
        report["layers"][0]["sheet"]["path"] = "../../photo.png"
        report["activations"] = "../../stack.yaml"

    edit_report(tmp_path / "base/photo", lead_out)
    change(two / "photo/02_act.png")
    assert cnnviz("accept", "base", "now").status == 0
    assert (tmp_path / "photo.png").exists()
    assert (tmp_path / "stack.yaml").exists()
    assert tree(tmp_path / "base") == tree(two)
    edit_report(two / "photo", lead_out)
    assert cnnviz("accept", "base", "now").status == 2


def test_a_symlink_in_the_baseline_is_not_followed(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "base/photo")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "base/photo").symlink_to(tmp_path / "elsewhere")
    status, _, err = cnnviz("accept", "base", "now")
    assert status == 4
    assert "is in the way" in err
    assert not list((tmp_path / "elsewhere").iterdir())


def test_folders_in_folders_bring_what_they_share(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    shutil.copytree(two, tmp_path / "all/small")
    shutil.copytree(two, tmp_path / "all/other")
    assert cnnviz("accept", "both", "all").status == 0
    assert tree(tmp_path / "both") == tree(tmp_path / "all")


def test_the_overview_goes_when_it_no_longer_fits(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    for side in ("base", "now"):
        (tmp_path / side / "index.html").write_text(f'<meta name="generator" content="cnnviz">{side}')
    change(two / "photo/02_act.png")
    shutil.copytree(two / "cat", two / "dog")
    assert cnnviz("accept", "base", "now", "--changed-only").status == 0
    assert not (tmp_path / "base/index.html").exists()
    assert cnnviz("accept", "base", "now").status == 0
    assert tree(tmp_path / "base") == tree(two)


def test_a_full_disk_leaves_the_baseline_as_it_was(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    another_run(cnnviz, tmp_path)
    before = tree(tmp_path / "base")
    for number in (1, 5, 20):
        counter = itertools.count(1)

        def fail(self: Replacement, *_: Any, counter: Any = counter, number: int = number) -> None:
            if next(counter) == number:
                raise OSError(errno.ENOSPC, "full")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            status, _, err = cnnviz("accept", "base", "later")
            assert status == 4
            assert "the disk is full" in err
        assert tree(tmp_path / "base") == before
    assert cnnviz("accept", "base", "later").status == 0
    assert tree(tmp_path / "base") == tree(tmp_path / "later")


def test_what_was_broken_off_is_finished_by_the_next(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    another_run(cnnviz, tmp_path)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replacing, "go_on", die)
        patch.setattr(Replacement, "abandon", lambda self: None)
        assert cnnviz("accept", "base", "later").status == 130
    assert (tmp_path / "base" / STAGE).exists()
    status, _, err = cnnviz("compare", "base", "later")
    assert status == 2
    assert "was broken off" in err
    status, _, err = cnnviz("accept", "base", "later")
    assert status == 0
    assert "has been finished first" in err
    assert tree(tmp_path / "base") == tree(tmp_path / "later")


def test_help_has_examples(cnnviz: Invoke) -> None:
    assert "cnnviz accept tests/baseline out" in cnnviz("accept", "--help").out.partition("Examples:")[2]
