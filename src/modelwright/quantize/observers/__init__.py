"""What calibration keeps of a tensor, and how ranges are chosen from it."""
