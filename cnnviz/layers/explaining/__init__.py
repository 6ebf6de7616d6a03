"""How a layer says where one of its values comes from: the words, the numbers, the arithmetic.

Kinds import this package and take what they need from it by name; its modules are imported when the first value is
explained, so that a run that explains nothing does not pay for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnviz.layers.explaining.activations import bend as bend
    from cnnviz.layers.explaining.activations import softmax as softmax
    from cnnviz.layers.explaining.normalizing import normalized as normalized
    from cnnviz.layers.explaining.patches import operands as operands
    from cnnviz.layers.explaining.patches import point as point
    from cnnviz.layers.explaining.patches import spanned as spanned
    from cnnviz.layers.explaining.patches import whole as whole
    from cnnviz.layers.explaining.patches import window as window
    from cnnviz.layers.explaining.patches import worked_out as worked_out
    from cnnviz.layers.explaining.records import ArithmeticStep as ArithmeticStep
    from cnnviz.layers.explaining.records import Explanation as Explanation
    from cnnviz.layers.explaining.records import Patch as Patch
    from cnnviz.layers.explaining.records import Stage as Stage
    from cnnviz.layers.explaining.values import copy as copy
    from cnnviz.layers.explaining.values import largest as largest
    from cnnviz.layers.explaining.values import mean as mean
    from cnnviz.layers.explaining.values import weighted_sum as weighted_sum
else:

    def __getattr__(name: str) -> Any:
        for module in ("records", "patches", "activations", "values", "normalizing"):
            found = getattr(import_module(f"{__name__}.{module}"), name, None)
            if found is not None:
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
