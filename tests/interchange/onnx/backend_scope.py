"""The boundary of ONNX's own tests: what cnnviz must pass, and why it need not pass the others.

A case is in scope if it is of a kind in `KINDS`, every operator in it is one that the reader knows, its picture is a
tensor of float32 or float64 with two, three or four axes, and no pattern of `EXCLUDED` names it.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from cnnviz.interchange.drafting.operators import OPERATORS
from cnnviz.interchange.onnx.graph import DOMAINS, OLDEST_OPSET

if TYPE_CHECKING:
    from tests.interchange.onnx.backend import Case

KINDS = ("node", "simple", "pytorch-operator", "pytorch-converted")
"""`real` and `light` are whole networks to download, whose weights the wheel does not have."""

CONSTANTS = {"Constant", "ConstantOfShape", "Range"}
"""Operators that make constants, which are worked out while reading."""

FLOATING = ("float32", "float64")

_BATCH = "works along the batch, where cnnviz has one picture after the other"
_TRANSFORMER = "products of two tensors that vary, states and positions: transformers"
_FURTHER = "asks for a further output, such as places, masks or means"
_ONE = "one axis of pixels; maps have two"

EXCLUDED: dict[str, str] = {
    # Along the batch.
    "test_concat_*d_axis_0": _BATCH,
    "test_concat_2d_axis_negative_2": _BATCH,
    "test_concat_3d_axis_negative_3": _BATCH,
    "test_expand_dim_*changed": _BATCH,
    "test_expand_shape_model[234]": _BATCH,
    "test_flatten_axis0": _BATCH,
    "test_flatten_negative_axis4": _BATCH,
    "test_gather_0": _BATCH,
    "test_gemm_transposeA": _BATCH,
    "test_gemm_all_attributes": _BATCH,
    "test_gemm_default_matrix_bias": _BATCH,
    "test_*_normalization_?d_axis0*": _BATCH,
    "test_*_normalization_2d_axis_negative_2*": _BATCH,
    "test_*_normalization_3d_axis_negative_3*": _BATCH,
    "test_*_normalization_4d_axis_negative_4*": _BATCH,
    "test_*softmax_axis_0*": _BATCH,
    "test_mvn_expanded*": _BATCH,
    "test_reduce_m??_default_axes_keepdim*": _BATCH,
    "test_reduce_log_sum_asc_axes_expanded": _BATCH,
    "test_reshape_*": _BATCH,
    "test_slice": _BATCH,
    "test_slice_start_out_of_bounds": "leaves nothing of the tensor",
    "test_slice_neg_steps": _BATCH,
    "test_transpose_default": _BATCH,
    "test_transpose_all_permutations_[2345]": _BATCH,
    "test_unsqueeze_axis_0": _BATCH,
    "test_batchnorm_*training_mode": _BATCH,
    # Other networks than those of pictures.
    "test_causal_conv_with_state*": _TRANSFORMER,
    "test_flexattention*": _TRANSFORMER,
    "test_rotary_embedding*": _TRANSFORMER,
    "test_swiglu*": _TRANSFORMER,
    "test_matmul_[34]d": _TRANSFORMER,
    "test_matmul_bcast": _TRANSFORMER,
    "test_matmul_1d_3d": _TRANSFORMER,
    "test_matmul_4d_1d": "a product with a vector takes an axis away",
    # Other axes.
    "test_averagepool_1d_default": _ONE,
    "test_maxpool_1d_default": _ONE,
    "test_MaxPool1d_stride_padding_dilation": _ONE,
    "test_convtranspose_1d": _ONE,
    "test_center_crop_pad_*_expanded": _ONE,
    # Exponents and slopes with a number of their own for every place, which no layer has.
    "test_pow": "an exponent for every place",
    "test_pow_bcast_array": "an exponent for every place",
    "test_prelu_example": "a slope for every number of the batch",
    # Numbers and outputs that are none of a picture's.
    "test_cast_*": "makes numbers of other types than float32 and float64",
    "test_training_dropout*": "drops values at random",
    "test_dropout_default_mask*": _FURTHER,
    "test_maxpool_with_argmax_*": _FURTHER,
    "test_shape*": "its output is the shape itself, no tensor",
    "test_size*": "its output is the size itself, no tensor",
    "test_gather_1": "takes places that are not in a row",
    # Ways to resize and to pad that no kind has.
    "test_resize_tf_crop_and_resize*": "looks at a part of the picture alone",
    "test_resize_*_nearest_not_*": "keeps proportions by a policy",
    "test_convtranspose_output_shape": "pads what was stamped",
    # Functions in other operators' words.
    "test_layer_normalization_*_expanded*": "flattens the axes it goes over together with the batch",
    "test_group_normalization_*_expanded": "normalises over axes that it cut before",
    "test_gelu_tanh_2_expanded": "adds a constant by Sum",
}
"""Names of cases, with wildcards: why."""

FIRST_ALONE = ("LayerNormalization",)
"""Operators of which only the first output is compared; the others, such as means, are none of a layer's."""


def out_of_scope(case: Case) -> str | None:
    """Say why a case need not pass, or None."""
    opsets = {entry.domain if entry.domain not in DOMAINS else "": entry.version for entry in case.proto.opset_import}
    if any(node.domain not in DOMAINS for node in case.proto.graph.node) or case.proto.functions:
        return "an operator of another domain than ONNX's own"
    if opsets.get("", OLDEST_OPSET) < OLDEST_OPSET:
        return f"an opset older than {OLDEST_OPSET}"
    unknown = {node.op_type for node in case.proto.graph.node} - set(OPERATORS) - CONSTANTS
    if unknown:
        return "an operator that no layer of cnnviz is"
    if any(array is None for array in (*case.inputs.values(), *case.outputs.values())):
        return "sequences, optional values and texts"
    arrays = [array for array in case.inputs.values() if array is not None]
    if not any(str(array.dtype) in FLOATING for array in arrays):
        return "no input of float32 or float64"
    if not any(str(array.dtype) in FLOATING and 2 <= array.ndim <= 4 for array in arrays):
        return "no picture: a tensor with two to four axes, the batch in front"
    if any(not array.size for array in arrays):
        return "tensors without a number"
    for pattern, reason in EXCLUDED.items():
        if fnmatchcase(case.name, pattern):
            return reason
    return None
