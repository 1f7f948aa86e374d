import shutil

import pytest

from modelwright.errors import RecipeError, UnknownNameError
from modelwright.templates.reading import DATA, read_template

OWN = """
[[own]]
id = "extra"
label = { en = "Extra", zh = "附加" }
type = "switch"
help = { en = "more", zh = "更多" }
puts = [{ at = "output.options.external_data", when = { extra = "true" } }]
"""


@pytest.fixture
def copy(tmp_path):
    def make(change=lambda text: text):
        path = tmp_path / "T.toml"
        path.write_text(change((DATA / "catalogue" / "Caffe-To-Ascend.toml").read_text()))
        return path

    return make


def test_parts_are_filled_in_and_changed(copy):
    found = read_template(copy(lambda text: text + OWN))
    assert found.input.source == "network"
    assert found.setting("input_format").choices == ("NCHW",)
    assert found.setting("extra").type == "switch"
    assert found.setting("verify") is not None
    assert read_template(DATA / "catalogue" / "TF-FrozenGraph-To-Ascend.toml").setting("input_format").default == "NHWC"


def test_a_file_added_to_the_folder_is_a_template(tmp_path, monkeypatch, copy):
    from modelwright.templates import catalogue

    shutil.copytree(DATA, tmp_path / "data")
    text = copy(lambda text: text.replace('name = "Caffe-To-Ascend"', 'name = "My-Own"')).read_text()
    (tmp_path / "data/catalogue/mine.toml").write_text(text)
    monkeypatch.setattr(catalogue, "DATA", tmp_path / "data")
    assert "My-Own" in {item.name for item in catalogue.templates.__wrapped__()}


def test_what_is_wrong_is_named(copy):
    with pytest.raises(RecipeError, match="chip: Field required"):
        read_template(copy(lambda text: text.replace("chip =", "chips =")))
    with pytest.raises(RecipeError, match="no template"):
        read_template(copy(lambda text: text + "]"))
    with pytest.raises(UnknownNameError, match="'caffee'"):
        read_template(copy(lambda text: text.replace('input = "caffe_ascend"', 'input = "caffee"')))
    with pytest.raises(UnknownNameError, match="'no_such'"):
        read_template(copy(lambda text: text + '\n[changes.no_such]\ndefault = "1"\n'))
