"""Networks in plain PyTorch, with random weights, that `make_torch_models.py` exports to ONNX."""
