"""Pipelines over a whole model: ordered lists of steps, each line with its reason."""
