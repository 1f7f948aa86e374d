"""Graph rules, one a file in ``rules``, and the driver that applies them until nothing changes."""
