"""Narrower floats: which nodes can compute in float16 or bfloat16, and the graph that does."""
