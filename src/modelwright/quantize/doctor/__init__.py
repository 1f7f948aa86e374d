"""The doctor: what is wrong with calibration data, with a model or with its scales, why it matters and what to do."""
