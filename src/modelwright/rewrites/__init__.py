"""Part of modelwright: rewrites."""
