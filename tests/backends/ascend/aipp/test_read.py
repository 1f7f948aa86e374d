import pytest

from modelwright.backends.ascend.aipp.read import as_aipp, read_file
from modelwright.errors import UsageError

GOOD = """
# two operators
aipp_op { aipp_mode: static  # the first
  related_input_rank: 1
  input_format : RGB888_U8
  mean_chn_0 : 104
  min_chn_0 : -0.5
  var_reci_chn_0 : 0.0039
}
aipp_op {
    aipp_mode : dynamic
    max_src_image_size : 752640
}
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / "a.cfg").write_text(text)
        return tmp_path / "a.cfg"

    return write


def test_a_file(write):
    static, dynamic = read_file(write(GOOD))
    assert (static.dynamic, static.input_index, static.number("min_chn_0")) == (False, 1, -0.5)
    assert dynamic.dynamic
    assert as_aipp(dynamic, (4, 4), 3) is None
    found = as_aipp(static, (4, 4), 3)
    assert found is not None
    assert (found.mean, found.factor) == ((104, 0, 0), (0.0039, 1.0, 1.0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no aipp_op"),
        ("aipp { }", "line 1: 'aipp' stands where"),
        ("aipp_op : 3", "'{' must"),
        ("aipp_op {\n aipp_mode : static\n", "line 1: the aipp_op that begins here is not closed"),
        ("aipp_op {\n aipp_mode static }", "line 2: 'static' stands where ':' must"),
        ("aipp_op { }", "aipp_mode is missing"),
        ("aipp_op { aipp_mode : fixed }", "aipp_mode is 'fixed'"),
        ("aipp_op { aipp_mode : static }", "input_format is missing"),
        ("aipp_op { aipp_mode : dynamic }", "max_src_image_size is missing"),
        ("aipp_op { aipp_mode : static\n input_format : RGB888_U8\n mean_chan_0 : 1 }", "did you mean mean_chn_0"),
        ("aipp_op { aipp_mode : static\n input_format : RGB888_U8\n mean_chn_0 : 256 }", "outside 0 to 255"),
        ("aipp_op { aipp_mode : static\n input_format : RGB888_U8\n mean_chn_0 : 1.5 }", "no number of its kind"),
        ("aipp_op { aipp_mode : static\n input_format : RGB888_U8\n crop : yes }", "not true or false"),
        ("aipp_op { aipp_mode : static\n input_format : RGB888_U8\n resize : true }", "no Ascend chip's AIPP"),
        ("aipp_op { aipp_mode : static\n input_format : YUV420SP_U8\n crop_size_w : 7 }", "is odd"),
        ("aipp_op { aipp_mode : static\n aipp_mode : static\n input_format : RGB888_U8 }", "given twice"),
    ],
)
def test_mistakes_are_named_with_their_line(write, text, message):
    with pytest.raises(UsageError, match=message):
        read_file(write(text))


def test_files_that_are_no_text(write, tmp_path):
    path = write("")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        read_file(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_file(tmp_path / "none.cfg")


@pytest.mark.parametrize("extra", ["padding : true", "input_format : XRGB8888_U8", "output_bias_0 : 3"])
def test_what_is_not_computed_here_is_known(write, extra):
    base = "" if "input_format" in extra else "input_format : RGB888_U8\n"
    (found,) = read_file(write(f"aipp_op {{ aipp_mode : static\n{base}{extra} }}"))
    assert as_aipp(found, (4, 4), 3) is None


def test_sizes_that_do_not_fit_are_not_computed(write):
    text = "aipp_op { aipp_mode : static\n input_format : RGB888_U8\n src_image_size_w : 8\n src_image_size_h : 8 }"
    (found,) = read_file(write(text))
    assert as_aipp(found, (4, 4), 3) is None
    assert as_aipp(found, (8, 8), 3) is not None
