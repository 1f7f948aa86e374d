"""Projects, their tokens and roles, and who is asking."""
