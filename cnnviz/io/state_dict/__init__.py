"""Weights as PyTorch and safetensors keep them: tensors by dotted names; an index first, then the arrays asked for."""
