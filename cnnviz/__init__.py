"""See what a convolutional network does to a picture, layer by layer, in pure NumPy.

stack = cnnviz.load_stack("l3")                  # a YAML file, a bundled name, or a dict of the same form
network = stack.build((300, 451, 1), seed=0)
outputs = network.forward(pixels)                # {layer name: array}
trace = cnnviz.run("photo.png", "l3")            # what the command does, in memory
picture = cnnviz.diagram("lenet5")               # the network as a picture
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnviz.config.load import load_stack
    from cnnviz.errors import CnnvizError
    from cnnviz.stack.network import Network
    from cnnviz.stack.spec import Stack
    from cnnviz.workflows.attribution.notebook import Attribution, attribute
    from cnnviz.workflows.diagram import Diagram, diagram
    from cnnviz.workflows.exemplars.notebook import Exemplars, exemplars
    from cnnviz.workflows.maximization.notebook import Maximization, maximize
    from cnnviz.workflows.run.trace import Trace, run

__all__ = [
    "Attribution",
    "CnnvizError",
    "Diagram",
    "Exemplars",
    "Maximization",
    "Network",
    "Stack",
    "Trace",
    "__version__",
    "attribute",
    "diagram",
    "exemplars",
    "load_stack",
    "maximize",
    "run",
]

__version__ = "0.1.0"

_HOMES = {
    "Attribution": "cnnviz.workflows.attribution.notebook",
    "CnnvizError": "cnnviz.errors",
    "Diagram": "cnnviz.workflows.diagram",
    "Exemplars": "cnnviz.workflows.exemplars.notebook",
    "Maximization": "cnnviz.workflows.maximization.notebook",
    "Network": "cnnviz.stack.network",
    "Stack": "cnnviz.stack.spec",
    "Trace": "cnnviz.workflows.run.trace",
    "attribute": "cnnviz.workflows.attribution.notebook",
    "diagram": "cnnviz.workflows.diagram",
    "exemplars": "cnnviz.workflows.exemplars.notebook",
    "load_stack": "cnnviz.config.load",
    "maximize": "cnnviz.workflows.maximization.notebook",
    "run": "cnnviz.workflows.run.trace",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command line must not pay for what it does not need."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
