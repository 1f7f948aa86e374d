"""Part of modelwright: passes."""
