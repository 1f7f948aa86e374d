"""The checks, one a file; found by walking this package."""
