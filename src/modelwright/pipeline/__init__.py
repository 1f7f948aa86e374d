"""Part of modelwright: pipeline."""
