"""What makes a quantized model more accurate: weights balanced, ranges cut, rounding chosen, biases corrected."""
