"""The files of a training: the weights, the best so far, the checkpoint to go on from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cnnviz.errors import OutputError, UsageError, WeightsError
from cnnviz.io.files import make_folder, show_path
from cnnviz.io.samples import located
from cnnviz.io.targets import check_target, place_of
from cnnviz.io.temporaries import remove_stale_temporaries
from cnnviz.stack.parameters import Parameters
from cnnviz.stack.spec import Stack, TrainingSpec
from cnnviz.stack.weights import StackWeights
from cnnviz.training.optimizers import Optimizer
from cnnviz.training.progress import Progress
from cnnviz.training.trainer import Trainer
from cnnviz.workflows.training.examples import Sets

_SUFFIXES = (".h5", ".hdf5")
_WEIGHTS = "weights"

Fingerprint = Mapping[str, Any]
"""All that decides the weights that come out, but the number of epochs: one entry for each thing to name if it
differs."""


class TrainingFiles:
    """The weights file and those beside it.

    Attributes:
        weights: The last weights.
        best: The weights of the best epoch by validation.
        checkpoint: What a training goes on from.
        classes: What the stack's units are trained to stand for, to be written with the weights.
    """

    def __init__(self, output: Path, layer_names: Sequence[str], beginning: Path | None = None) -> None:
        """Name the files.

        Args:
            output: The weights file.
            layer_names: The names of the stack's layers, in order.
            beginning: The weights to begin with, if they come from a file: it must stay for `restore` to know it.

        Raises:
            UsageError: If it has another suffix than weights files have, or one of the files is the beginning.
            OutputError: If nothing can be written there.
        """
        if output.suffix not in _SUFFIXES:
            raise UsageError(f"-o {show_path(output)}: name a file that ends in .h5")
        self.weights = output
        self.best = output.with_name(f"{output.stem}.best.h5")
        self.checkpoint = output.with_name(f"{output.stem}.checkpoint.h5")
        self.classes: tuple[str, ...] = ()
        self._layer_names = tuple(layer_names)
        for path in (self.weights, self.best, self.checkpoint):
            check_writable(path, _is_ours)
            if beginning is not None and path.exists() and path.samefile(located(beginning, "weights")):
                raise UsageError(
                    f"-o {show_path(output)} would overwrite {show_path(beginning)}, the weights to begin with; "
                    f"name another file"
                )
        remove_stale_temporaries(output.parent)

    def save_weights(self, path: Path, weights: Parameters) -> None:
        """Write weights as `cnnviz run --weights` and Keras read them, and wait until they are on the disk.

        With them go the names of the classes that they were trained on, if those are known.

        Raises:
            OutputError: If they cannot be written.
        """
        from cnnviz.io.hdf5.writing import write_weights

        arrays = weights.rounded()
        mark = StackWeights(arrays, {}).sha256()
        write_weights(place_of(path), arrays, self._layer_names, mark, durable=True, classes=self.classes)

    def save(self, trainer: Trainer, fingerprint: Fingerprint) -> None:
        """Write where a training is: the best weights first, for the checkpoint says that they are there.

        Args:
            trainer: Between two steps.
            fingerprint: What it is.

        Raises:
            OutputError: If it cannot be written.
        """
        from cnnviz.io.hdf5.checkpoints import write_checkpoint

        progress = trainer.progress
        if progress.step == 0 and progress.best is not None and progress.best.epoch == progress.epoch:
            self.save_weights(self.best, trainer.weights)
        text = json.dumps({"fingerprint": fingerprint, "progress": msgspec.to_builtins(progress)})
        write_checkpoint(place_of(self.checkpoint), {_WEIGHTS: trainer.weights.vector, **trainer.slots}, text.encode())

    def restore(self, trainer: Trainer, fingerprint: Fingerprint, epochs: int) -> None:
        """Bring a training to where the checkpoint is.

        Args:
            trainer: At its beginning.
            fingerprint: What it should be.
            epochs: How many it is to have in all.

        Raises:
            UsageError: If there is no checkpoint, or it is of another training, or of one that is longer.
            WeightsError: If it cannot be read.
        """
        from cnnviz.io.hdf5.checkpoints import read_checkpoint

        shown = show_path(self.checkpoint)
        if not os.path.lexists(self.checkpoint):
            raise UsageError(f"there is no {shown} to go on from; leave --resume out to begin")
        vectors, text = read_checkpoint(self.checkpoint)
        try:
            state = json.loads(text)
            before = dict(state["fingerprint"])
            progress = msgspec.convert(state["progress"], Progress)
        except (ValueError, LookupError, TypeError, msgspec.ValidationError) as error:
            raise WeightsError(f"{shown} is damaged") from error
        if differences := _differences(before, fingerprint):
            raise UsageError(
                f"{shown} is of another training: {'; '.join(differences)}. Go on with what it was begun with, or "
                f"leave --resume out to begin anew"
            )
        if progress.epoch + (progress.step > 0) > epochs:
            raise UsageError(
                f"{shown} is in epoch {progress.epoch + (progress.step > 0)} already, --epochs {epochs} is the total; "
                f"ask for more, or leave --resume out to begin anew"
            )
        like = trainer.weights.vector
        slots = {name: vectors.get(name) for name in trainer.slots}
        for vector in (vectors.get(_WEIGHTS), *slots.values()):
            if vector is None or vector.shape != like.shape or vector.dtype != like.dtype:
                raise WeightsError(f"{shown} is damaged")
        trainer.restore(vectors[_WEIGHTS], {name: vectors[name] for name in slots}, progress)


def fingerprint(stack: Stack, recipe: TrainingSpec, optimizer: Optimizer, seed: int, sets: Sets) -> Fingerprint:
    """Say all that decides the weights that come out.

    Args:
        stack: The stack.
        recipe: The recipe that counts.
        optimizer: The recipe's.
        seed: The seed of weights, order and noise.
        sets: The examples, and the network with the weights to begin with.
    """
    plain = stack.normalised()
    written = json.dumps([plain["input"], plain["layers"]], sort_keys=True)
    return {
        "the stack": hashlib.sha256(written.encode()).hexdigest(),
        "the beginning": StackWeights(sets.network.weights, sets.network.origins).sha256(),
        "the set of examples": sets.training.sha256,
        "the set to validate with": sets.validation.sha256 if sets.validation else None,
        "the seed": seed,
        "optimizer": recipe.optimizer,
        **msgspec.to_builtins(optimizer),
        "batch_size": recipe.batch_size,
        "loss": recipe.loss,
        "shuffle": recipe.shuffle,
        "dtype": recipe.dtype,
    }


def check_writable(path: Path, is_ours: Callable[[Path], bool]) -> None:
    """Make the folder of a file, and see that the file can be written.

    Args:
        path: The file.
        is_ours: As for `check_target`.

    Raises:
        OutputError: If it cannot.
    """
    make_folder(path.parent)
    if not os.access(place_of(path).parent, os.W_OK):
        raise OutputError(f"cannot write {show_path(path)}: permission denied")
    check_target(path, is_ours)


def _is_ours(path: Path) -> bool:
    from cnnviz.io.hdf5.checkpoints import is_checkpoint
    from cnnviz.io.hdf5.opening import read_mark

    return read_mark(path) is not None or is_checkpoint(path)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name what is not the same."""
    told = []
    for name in dict.fromkeys([*before, *now]):
        was, is_ = before.get(name), now.get(name)
        if was != is_:
            hashed = any(isinstance(value, str) and len(value) == 64 for value in (was, is_))
            told.append(f"{name} is another" if hashed else f"{name} was {was}, now {is_}")
    return told
