"""How single operators step from one version to the next; one function a step, found by walking this package."""
