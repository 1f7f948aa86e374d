"""Part of modelwright: frontends onnx."""
