"""Models that live TensorFlow builds, exports and runs: the truth our conversions are compared with."""
