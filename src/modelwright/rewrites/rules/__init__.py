"""The rules; every module here is found by walking the package, none is listed anywhere."""
