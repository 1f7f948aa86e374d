from modelwright.backends.ascend.manifest import MANIFEST, recognizes
from modelwright.backends.manifests import backend_for


def test_it_is_chosen_by_the_suffix(tmp_path):
    assert backend_for(tmp_path / "net.OM") is MANIFEST
    (tmp_path / "a.om").write_bytes(b"IMOD1234")
    (tmp_path / "b.om").write_bytes(b"IMO")
    assert (recognizes(tmp_path / "a.om"), recognizes(tmp_path / "b.om")) == (True, False)


def test_options_have_a_help_and_one_spelling_each():
    spellings = [spelling for option in MANIFEST.options for spelling in option.spellings]
    assert len(set(spellings)) == len(spellings)
    assert all(option.help for option in MANIFEST.options)
