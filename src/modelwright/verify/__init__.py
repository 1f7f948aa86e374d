"""Part of modelwright: verify."""
