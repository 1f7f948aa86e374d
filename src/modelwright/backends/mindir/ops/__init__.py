"""Operators of the hub as primitives of MindSpore, one family a module."""
