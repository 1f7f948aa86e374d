"""Part of modelwright: frontends."""
