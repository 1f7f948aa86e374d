import pytest


@pytest.mark.parametrize("align", [0, 1])
@pytest.mark.parametrize("opset", [9, 11, 19])
@pytest.mark.parametrize(("theta", "size"), [("3,2,3", (3, 2, 5, 4)), ("2,3,4", (2, 1, 3, 4, 2))])
def test_affine_grid_of_a_known_size(step, theta, size, opset, align):
    numbers = ", ".join(map(str, size))
    text = f"s = Constant <value = int64[{len(size)}] {{{numbers}}}> ()  "
    text += f"y = AffineGrid <align_corners = {align}> (x, s)"
    dims = ",".join(map(str, (size[0], *size[2:], len(size) - 2)))
    found = step(text, f"float[{theta}] x", f"float[{dims}] y", 20, opset)
    assert "AffineGrid" not in found.operators
    found.same()


@pytest.mark.parametrize("align", [0, 1])
@pytest.mark.parametrize("opset", [9, 17])
def test_affine_grid_of_a_size_that_is_computed(step, opset, align):
    text = f"s = Shape (image)  y = AffineGrid <align_corners = {align}> (x, s)"
    found = step(text, "float[2,2,3] x, float[2,C,H,W] image", "float[2,H,W,2] y", 20, opset)
    found.same()
