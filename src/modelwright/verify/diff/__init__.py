"""Two models held against each other: graph, weights, numbers, size."""
