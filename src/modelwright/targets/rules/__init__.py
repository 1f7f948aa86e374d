"""The rules that profiles may name, one or a few of a kind in a file; found by walking this package."""
