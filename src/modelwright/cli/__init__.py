"""The command ``modelwright``: one module a command; nothing heavy is imported before it is needed."""
