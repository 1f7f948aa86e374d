"""Part of modelwright: the Paddle frontend."""
