"""Random small graphs of many operators, drawn by hypothesis, with inputs that run them."""
