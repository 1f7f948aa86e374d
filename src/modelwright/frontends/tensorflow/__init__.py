"""Part of modelwright: frontends tensorflow."""
