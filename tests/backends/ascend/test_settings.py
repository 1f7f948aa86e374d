from modelwright.backends.ascend.settings import SETTING_NAMES, SETTINGS, Tool, setting_named
from modelwright.options import OptionKind


def test_settings_are_named_once_and_become_options():
    assert len(set(SETTING_NAMES)) == len(SETTINGS)
    assert setting_named("insert_op_conf").option.kind is OptionKind.FILE
    assert setting_named("log").option.metavar == "debug|info|warning|error|null"
    assert setting_named("precision_mode").option.metavar == "TEXT"


def test_old_settings_say_what_took_their_place():
    for setting in SETTINGS:
        assert (setting.tools == (Tool.OMG,)) == bool(setting.instead)
