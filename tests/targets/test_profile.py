import re

import pytest

from modelwright.backends.manifests import backends
from modelwright.errors import ModelNotFoundError, RecipeError, UnknownNameError
from modelwright.targets.profile import FOLDER, parse_versions, profile_named, profile_names, read_profile

GOOD = 'label = "Chip"\norigin = "manual"\ndecides = "listed"\n[operators]\nRelu = "7-9,13"\nAdd = {}\n'


@pytest.mark.parametrize("name", profile_names())
def test_each_profile_of_ours_loads(name):
    profile = profile_named(name)
    assert profile.name == name
    assert profile.label
    assert profile.origin
    by_writer = any(item.name == name and item.refusals is not None for item in backends())
    assert profile.engine is not None or profile.operators or by_writer, "something must decide"
    assert profile.ways.cut
    assert profile.ways.custom


def test_the_targets():
    wanted = {"onnxruntime", "spacemit", "tflite", "tensorrt", "mindir", "ascend", "openvino"}
    assert wanted <= set(profile_names())


def test_profiles_hold_no_paths_or_hosts():
    for path in FOLDER.glob("*.toml"):
        assert not re.search(r"https?://|/work|/home|/root", path.read_text(encoding="utf-8")), path.name


def test_a_profile_of_ones_own(write_profile):
    profile = read_profile(write_profile(GOOD))
    assert profile.name == "chip"
    assert profile.operators["Relu"].versions() == {7, 8, 9, 13}
    assert profile.operators["Add"].versions() is None
    assert profile_named(str(write_profile(GOOD))) == profile


def test_versions():
    assert parse_versions("") == frozenset()
    assert parse_versions("8") == {8}
    with pytest.raises(ValueError, match="invalid literal"):
        parse_versions("8-x")


def test_extending(write_profile):
    write_profile(
        GOOD + '[rules.no-training]\n[rules.input-rank]\nhighest = 4\n[ways]\ncut = "c"\ncustom = "w"\n', "base"
    )
    text = 'extends = "base"\nlabel = "More"\n[rules]\ninput-rank = false\n[operators]\nMul = {}\n[ways]\ncut = "d"\n'
    profile = read_profile(write_profile(text))
    assert (profile.label, profile.origin) == ("More", "manual")
    assert set(profile.rules) == {"no-training"}
    assert set(profile.operators) == {"Relu", "Add", "Mul"}
    assert (profile.ways.cut, profile.ways.custom) == ("d", "w")


def test_the_nearest_readable_opset(write_profile):
    profile = read_profile(write_profile(GOOD + "[rules.opset-range]\nlowest = 8\nhighest = 18\n"))
    assert [profile.readable_opset(opset) for opset in (5, 8, 12, 18, 20)] == [8, 8, 12, 18, 18]
    assert read_profile(write_profile(GOOD)).readable_opset(20) == 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("label", "lable"), "lable"),
        (GOOD.replace('decides = "listed"\n', ""), "decides"),
        (GOOD + "[rules.max-rnak]\nhighest = 4\n", "max-rank"),
        (GOOD + "[rules.max-rank]\nhigh = 4\n", "unknown: high"),
        (GOOD + "[rules.max-rank]\n", "missing: highest"),
        (GOOD.replace("7-9", "7to9"), "7to9"),
        (GOOD + "[", "TOML"),
        ('engine = "spark"\n' + GOOD, "engine"),
        ('name = "other"\n' + GOOD, "other"),
    ],
)
def test_what_is_wrong_is_named(write_profile, text, said):
    path = write_profile(text)
    with pytest.raises(RecipeError, match=re.escape(said)) as caught:
        read_profile(path)
    assert "chip.toml" in caught.value.message


def test_unknown_names():
    with pytest.raises(UnknownNameError, match="ascnd") as caught:
        profile_named("ascnd")
    assert "'ascend'" in caught.value.hint
    with pytest.raises(ModelNotFoundError):
        profile_named("none/chip.toml")


def test_extending_what_is_not_there(write_profile):
    with pytest.raises(UnknownNameError, match="nothing"):
        read_profile(write_profile('extends = "nothing"\n'))


def test_extending_what_extends(write_profile):
    with pytest.raises(RecipeError, match="another one"):
        read_profile(write_profile('extends = "ascend-dynamic"\n'))
