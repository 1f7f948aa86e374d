"""The TensorRT backend: engines for NVIDIA's GPUs, built ahead of time, and what can be read in them without a GPU."""
