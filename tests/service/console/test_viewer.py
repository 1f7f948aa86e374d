import pytest

from modelwright.service.console.viewer import FRAME, ROOT, frame_page, viewer_folder


def test_the_frame_has_no_origin_and_our_script(visitor):
    answer = visitor.get(f"{ROOT}/{FRAME}")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts allow-downloads;")
    assert "allow-same-origin" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<script type="module" src="modelwright.js"></script>' in answer.text
    assert "index.js" not in answer.text
    assert "Content-Security-Policy" not in answer.text


@pytest.mark.parametrize("name", ["modelwright.js", "view.js", "onnx-metadata.json", "grapher.css"])
def test_files_can_be_loaded_by_a_page_without_an_origin(visitor, name):
    answer = visitor.get(f"{ROOT}/{name}")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("name", ["server.py", "__init__.py", "../fastapi/applications.py", "index.html", "nothing.js"])
def test_what_is_not_served(visitor, name):
    assert visitor.get(f"{ROOT}/{name}").status_code == 404


def test_a_netron_that_is_another_one(tmp_path):
    assert frame_page(tmp_path) is None
    (tmp_path / "index.html").write_text("<html>a new one</html>", encoding="utf-8")
    assert frame_page(tmp_path) is None
    assert frame_page(viewer_folder()) is not None
