"""Part of modelwright: frontends tensorflow ops."""
