"""Sessions of browsers: a cookie instead of a token."""
