"""Part of modelwright: backends tflite."""
