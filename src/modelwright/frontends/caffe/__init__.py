"""Caffe networks, read without Caffe."""
