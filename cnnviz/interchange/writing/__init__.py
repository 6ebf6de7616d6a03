"""A network as operators in the words of ONNX, which other programs are told of: the way out."""
