"""Conversion templates: one data file each says what goes in, what can be set, and which recipe that makes."""
