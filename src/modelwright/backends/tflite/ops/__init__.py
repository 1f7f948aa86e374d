"""What becomes of each ONNX operator in TFLite, by family."""
