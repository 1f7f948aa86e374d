"""Converters of TFLite's operators, one module a family."""
