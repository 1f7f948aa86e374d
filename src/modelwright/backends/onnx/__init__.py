"""Part of modelwright: backends onnx."""
