"""Quantization: settings asked for, calibration from data, parameters computed, Q/DQ written into the hub model."""
