"""Converters of Caffe's layers, one module a family; found by walking this package."""
