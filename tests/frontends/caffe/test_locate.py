import pytest

from modelwright.errors import ModelNotFoundError, UsageError
from modelwright.frontends.caffe.locate import find_parts, looks_like_stem


def _touch(folder, *names):
    for name in names:
        (folder / name).write_text("layer { }")
    return folder


def _names(parts):
    return tuple(None if path is None else path.name for path in (parts.prototxt, parts.caffemodel))


@pytest.mark.parametrize(
    ("files", "given", "found"),
    [
        (["a.prototxt", "a.caffemodel"], "a", ("a.prototxt", "a.caffemodel")),
        (["a.prototxt", "a.caffemodel"], "a.prototxt", ("a.prototxt", "a.caffemodel")),
        (["a.prototxt", "a.caffemodel"], "a.caffemodel", ("a.prototxt", "a.caffemodel")),
        (["a.prototxt.txt", "a.caffemodel"], "a", ("a.prototxt.txt", "a.caffemodel")),
        (["deploy.prototxt", "a.caffemodel"], "a", ("deploy.prototxt", "a.caffemodel")),
        (["a_deploy.prototxt", "deploy.prototxt", "a.caffemodel"], "a", ("a_deploy.prototxt", "a.caffemodel")),
        (
            ["train_val.prototxt", "solver.prototxt", "net.prototxt", "a.caffemodel"],
            "a",
            ("net.prototxt", "a.caffemodel"),
        ),
        (["b.prototxt", "c.prototxt", "a.caffemodel"], "a", (None, "a.caffemodel")),
        (["deploy.prototxt", "iter_9.caffemodel"], "deploy.prototxt", ("deploy.prototxt", "iter_9.caffemodel")),
        (["a.prototxt", "b.caffemodel", "c.caffemodel"], "a.prototxt", ("a.prototxt", None)),
        (["deploy.prototxt", "train.prototxt", "a.caffemodel"], ".", ("deploy.prototxt", "a.caffemodel")),
    ],
)
def test_the_two_files_are_found(tmp_path, files, given, found):
    _touch(tmp_path, *files)
    assert _names(find_parts(tmp_path / given)) == found


def test_named_weights_come_first_and_must_exist(tmp_path):
    _touch(tmp_path, "a.prototxt", "a.caffemodel", "b.caffemodel")
    assert _names(find_parts(tmp_path / "a.prototxt", tmp_path / "b.caffemodel")) == ("a.prototxt", "b.caffemodel")
    with pytest.raises(ModelNotFoundError, match="no file at"):
        find_parts(tmp_path / "a.prototxt", tmp_path / "c.caffemodel")


def test_a_folder_with_several_models_is_ambiguous(tmp_path):
    _touch(tmp_path, "a.prototxt", "a.caffemodel", "b.caffemodel")
    with pytest.raises(UsageError, match=r"holds several: a\.caffemodel, b\.caffemodel"):
        find_parts(tmp_path)


def test_stems(tmp_path):
    _touch(tmp_path, "a.caffemodel")
    assert looks_like_stem(tmp_path / "a")
    assert not looks_like_stem(tmp_path / "b")
    assert not looks_like_stem(tmp_path / "a.caffemodel")
