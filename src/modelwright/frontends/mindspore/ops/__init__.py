"""Primitives of MindSpore as operators of ONNX, one family a module."""
