"""Networks trained on generated pictures, to measure what quantization does to them."""
