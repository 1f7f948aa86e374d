import numpy as np
import pytest

from modelwright.errors import ModelFormatError
from modelwright.frontends.caffe.text import MAX_DEPTH, TextFile, TextMessage


def _read(folder, text):
    path = folder / "net.prototxt"
    path.write_text(text)
    return TextFile(path)


def _tree(message: TextMessage):
    return [
        (item.name, _tree(item.value) if isinstance(item.value, TextMessage) else item.value) for item in message.fields
    ]


def test_the_forms_of_the_text_format(tmp_path):
    text = """# a comment
    name: 'a "net"' a { b: 1, c: -2.5e-3; d < e: TRUE > } f: [1, 2] g: { }
    h: "one" "two" i: "tab\\t" j: .5 k:-inf"""
    assert _tree(_read(tmp_path, text).root) == [
        ("name", 'a "net"'),
        ("a", [("b", "1"), ("c", "-2.5e-3"), ("d", [("e", "TRUE")])]),
        ("f", "1"),
        ("f", "2"),
        ("g", []),
        ("h", "onetwo"),
        ("i", "tab\t"),
        ("j", ".5"),
        ("k", "-inf"),
    ]


def test_comments_between_the_parts_of_a_field_change_nothing(tmp_path):
    plain = """name: "x" a { b: 1 c: -2 } d { e: word f: 'y' } g: "z" 'w' , "v" """
    spread = plain.replace(":", " # colon: {\n : # now\n").replace("{ b", "# open\n { # b: 3\n b")
    assert _tree(_read(tmp_path, spread).root) == _tree(_read(tmp_path, plain).root)


def test_lines_of_offsets(tmp_path):
    file = _read(tmp_path, "a: 1\nb: 2\n\nc: 3")
    assert [file.line(item.position) for item in file.root.fields] == [1, 2, 4]


def test_runs_of_numbers_become_one_array(tmp_path):
    root = _read(tmp_path, "blobs { data: 1 data: -2.5\n data: 1e-3 shape { dim: 3 } double_data: 7 }").root
    fields = root.fields[0].value.fields
    assert [item.name for item in fields] == ["data", "shape", "double_data"]
    np.testing.assert_array_equal(fields[0].value, np.array([1, -2.5, 1e-3], np.float32))
    assert fields[2].value.dtype == np.float64


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb 2", 2, "expected ':' or '{' after 'b'"),
        ("a {\n b: 1\n", 1, "not closed"),
        ("\n\n}", 3, "expected a field's name, found '}'"),
        ("a: }", 1, "expected a value for 'a'"),
        ("a: [1, ", 1, "expected a value or ']'"),
        ("x {\n y: @ }", 2, "expected a value for 'y', found '@'"),
        ("data: 1 data: x", 1, "not a row of numbers"),
    ],
)
def test_errors_name_file_and_line(tmp_path, text, line, reason):
    with pytest.raises(ModelFormatError, match=rf"net\.prototxt:{line}: ") as caught:
        _read(tmp_path, text)
    assert reason in caught.value.message


def test_deep_nesting_is_refused(tmp_path):
    with pytest.raises(ModelFormatError, match=f"nested deeper than {MAX_DEPTH}"):
        _read(tmp_path, "a {" * 100_000)


def test_binary_files_are_no_text(tmp_path):
    (tmp_path / "net.prototxt").write_bytes(b"\n\x03net\xff\xfe")
    with pytest.raises(ModelFormatError, match="not text"):
        TextFile(tmp_path / "net.prototxt")
