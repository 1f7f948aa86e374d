import pytest

from modelwright.errors import ModelNotFoundError
from modelwright.service.database import Database
from modelwright.service.errors import ForbiddenError, InvalidRequestError, NotThereError
from modelwright.service.storage.commits import Commits
from modelwright.service.storage.place import HIDDEN
from modelwright.service.storage.store import Store


@pytest.fixture
def store(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "mine").mkdir()
    roots = {"*": [tmp_path / "shared"], "a": [tmp_path / "mine"]}
    return Store(tmp_path / "s", roots, {}, Commits(Database("sqlite://")))


def test_roots(store, tmp_path):
    assert [root.path for root in store.roots("b")] == [tmp_path / "s/b", tmp_path / "shared"]
    assert store.place("a", (tmp_path / "mine/x y").as_uri()).url == (tmp_path / "mine/x y").as_uri()
    for url in ((tmp_path / "mine").as_uri(), (tmp_path / "s/a").as_uri(), "file:///", "file:///etc/passwd"):
        with pytest.raises(ForbiddenError):
            store.place("b", url)


def test_ways_out(store, tmp_path):
    own = store.own("b")
    store.own("bb")
    (own / "link").symlink_to("/etc")
    for way in (
        "/..",
        "/../a",
        "/../bb",
        "/x/../../a",
        "/%2e%2e/a",
        "/link",
        "/link/passwd",
        f"/{HIDDEN}",
        f"/x/{HIDDEN}/y",
    ):
        with pytest.raises(ForbiddenError):
            store.place("b", f"{own.as_uri()}{way}")


@pytest.mark.parametrize(
    "url", ["", "x", "/etc", "s3://b/k", "obs://b", "file://host/x", "file:x", "file:///a%00b", "http://["]
)
def test_urls_of_no_place(store, url):
    with pytest.raises(InvalidRequestError):
        store.place("b", url)


def test_folders(store):
    own = store.own("b")
    place = store.place("b", own.as_uri())
    assert place.taken() == ""
    (own / HIDDEN).mkdir()
    assert place.taken() == ""
    (own / "z").mkdir()
    (own / "a.onnx").write_bytes(b"123")
    assert [(item.name, item.folder, item.bytes) for item in place.entries()] == [
        ("z", True, None),
        ("a.onnx", False, 3),
    ]
    assert place.taken() == "a.onnx"
    assert place.listing() == ("a.onnx",)
    file = store.place("b", (own / "a.onnx").as_uri())
    with pytest.raises(InvalidRequestError):
        file.taken()
    with pytest.raises(NotThereError):
        file.entries()
    with pytest.raises(ModelNotFoundError):
        file.listing()
    (own / "out").symlink_to("/etc/hostname")
    with pytest.raises(ForbiddenError, match="out is a link to elsewhere"):
        place.listing()
    assert store.fresh_output("b") != store.fresh_output("b")
