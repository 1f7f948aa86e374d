"""Tasks: what is to be converted, in which state it is, and who may change that."""
