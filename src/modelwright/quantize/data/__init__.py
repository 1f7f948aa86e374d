"""Calibration data: images, arrays and raw files as batches of a model's inputs."""
