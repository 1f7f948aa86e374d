"""Gears: the sizes that a model with open sizes is compiled for, chosen from real data."""
