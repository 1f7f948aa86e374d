"""Trying nodes in an engine: one-node models, batches in a worker process, and what came of them."""
