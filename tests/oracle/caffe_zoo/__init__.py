"""Well-known Caffe networks as prototxt with generated weights, written by our own scripts."""
