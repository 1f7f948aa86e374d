"""Part of modelwright: backends."""
