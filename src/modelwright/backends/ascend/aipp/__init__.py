"""Preprocessing on the chip (AIPP): its configuration, and the same as ONNX nodes."""
