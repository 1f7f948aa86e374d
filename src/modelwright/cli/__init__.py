"""Part of modelwright: cli."""
