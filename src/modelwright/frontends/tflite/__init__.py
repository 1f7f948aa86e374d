"""The TFLite frontend: ``.tflite`` files, read without TensorFlow."""
