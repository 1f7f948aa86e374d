"""Part of modelwright: verify runners."""
