"""The report on a quantized model: what quantization does to each tensor, and what to do about it."""
