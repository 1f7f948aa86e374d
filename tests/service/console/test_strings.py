import re
from pathlib import Path

import pytest

import modelwright.pipeline.plan
import modelwright.service.console
from modelwright.service.console.strings import FOLDER, LANGUAGES, Texts, preferred_language, read_strings
from modelwright.service.console.visit import THEMES
from modelwright.service.projects.roles import Role
from modelwright.service.tasks.states import TaskStatus
from modelwright.templates.catalogue import templates

PLAN = Path(modelwright.pipeline.plan.__file__)
CONSOLE = Path(modelwright.service.console.__file__).parent
PLACEHOLDERS = re.compile(r"\{(\w*)\}")


def test_every_text_has_both_languages_and_the_same_placeholders():
    strings = read_strings()
    assert len(strings) > 80
    for key, text in strings.items():
        for language in LANGUAGES:
            assert getattr(text, language).strip(), key
        assert sorted(PLACEHOLDERS.findall(text.en)) == sorted(PLACEHOLDERS.findall(text.zh)), key


def test_chinese_is_chinese():
    bare = {key: PLACEHOLDERS.sub("", text.zh) for key, text in read_strings().items()}
    english = [key for key, text in bare.items() if re.search("[a-z]{4}", text) and not re.search("[一-鿿]", text)]
    assert sorted(english) == ["base.name", "base.other_language", "chip.ascend"]


def test_every_text_is_used_and_every_used_text_is_there():
    strings = read_strings()
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in [*CONSOLE.glob("html/*.html"), *CONSOLE.glob("*.py")]
    )
    groups = "|".join(path.stem for path in FOLDER.glob("*.toml"))
    named = set(re.findall(rf"""["']((?:{groups})\.\w+)["'](?! ~)""", sources))
    named = {key for key in named if not key.endswith((".html", ".js"))}
    begun = tuple(re.findall(rf"""["']((?:{groups})\.\w*)["'] ~ """, sources))
    assert named - set(strings) == set()
    assert [key for key in strings if key not in named and not key.startswith(begun)] == []
    assert set(begun) >= {"base.theme_", "chip.", "gallery.filter_", "role.", "status.", "upload."}


def test_what_is_named_by_data_is_there():
    strings = read_strings()
    names = [f"status.{item.value}" for item in TaskStatus] + [f"role.{item.value}" for item in Role]
    names += [f"chip.{item.chip}" for item in templates()] + [f"base.theme_{item}" for item in THEMES]
    assert set(names) <= set(strings)


def test_stages_have_their_names():
    texts = Texts(read_strings(), "zh")
    named = set(re.findall(r'name="(\w+)"', PLAN.read_text(encoding="utf-8")))
    assert {"import", "optimize", "export", "verify", "quantize"} <= named
    assert [name for name in named | {"input", "end"} if not texts.known(f"stage.{name}")] == []
    assert texts.known("stage.nothing") == ""


def test_texts_fill_in_placeholders():
    texts = Texts(read_strings(), "zh")
    assert texts("base.ago", {"time": "5"}) == "5前"
    with pytest.raises(KeyError):
        texts("base.nothing")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("de, zh-TW;q=0.5, en;q=0.3", "zh"),
        ("fr", "en"),
        ("zh;q=x, en;q=0.1", "en"),
        ("zh;q=0", "en"),
    ],
)
def test_the_language_that_is_preferred(header, language):
    assert preferred_language(header) == language
