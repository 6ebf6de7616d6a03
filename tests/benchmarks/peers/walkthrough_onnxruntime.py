"""The walkthrough as a minimal ONNX Runtime script with a ready .onnx file; `--make FILE` makes that, with PyTorch."""

import sys
from pathlib import Path

import cv2
import numpy as np


def make(path: str) -> None:
    """Write the walkthrough as an .onnx file whose every layer is an output."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    nodes, weights, outputs, last = [], [], [], "input"

    def add(kind: str, name: str, *more: str, **attributes: object) -> None:
        nonlocal last
        nodes.append(helper.make_node(kind, [last, *more], [name], **attributes))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        last = name

    def weight(name: str, *shape: int) -> str:
        weights.append(numpy_helper.from_array(rng.normal(0, 0.2, shape).astype(np.float32), name))
        return name

    for index, pool in ((1, 3), (2, 2), (3, 0), (4, 0)):
        add("Conv", f"conv_{index}", weight(f"k{index}", 3, 3, 3, 3), weight(f"b{index}", 3))
        if pool:
            add("MaxPool", f"pool_{index}", kernel_shape=[pool, pool], strides=[pool, pool])
        add("Relu", f"relu_{index}")
    add("Flatten", "flatten")
    add("Gemm", "dens_1", weight("k5", 25650, 8), weight("b5", 8))
    picture = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 575, 607])
    graph = helper.make_graph(nodes, "walkthrough", [picture], outputs, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def main(model: str, picture: str, folder: Path) -> None:
    """Read the picture, run the layers, write every map."""
    import onnxruntime

    folder.mkdir(parents=True, exist_ok=True)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    image = cv2.resize(cv2.imread(picture), (607, 575)).astype(np.float32).transpose(2, 0, 1)[None]
    names = [output.name for output in session.get_outputs()]
    for index, (name, out) in enumerate(zip(names, session.run(names, {"input": image}), strict=True), 1):
        if out.ndim == 4:
            low, high = out.min(), out.max()
            for channel, plane in enumerate(out[0]):
                levels = ((plane - low) * (255 / (high - low)) + 0.5).astype(np.uint8)
                cv2.imwrite(str(folder / f"{index:02d}_{name}_{channel}.png"), levels)


if __name__ == "__main__":
    if sys.argv[1] == "--make":
        make(sys.argv[2])
    else:
        main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
