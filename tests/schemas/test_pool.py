import re
from importlib import resources

import pytest

from modelwright.schemas.pool import load_schema

FIELD = re.compile(r"^\s+(?:repeated |optional |required |map<.+> |)?(?:[\w.]+ )?(\w+) = (\d+);")
ENUMS = (
    "PrimType",
    "AttributeType",
    "FullTypeId",
    "Endianness",
    "CheckpointFormatVersion",
    "AttrType",
    "DataType",
    "Kind",
)


def declared(text, pattern=FIELD):
    """Full message name to its fields' numbers, from the text of a .proto file."""
    found, scope = {}, []
    for line in text.splitlines():
        opened = re.match(r"\s*(message|enum|oneof) (\w+) \{(\})?", line)
        if opened:
            if opened[1] != "oneof":
                found[".".join([*(name for name in scope if name), opened[2]])] = {}
            if not opened[3]:
                scope.append("" if opened[1] == "oneof" else opened[2])
        elif line.strip() == "}":
            scope.pop()
        elif scope and (field := pattern.match(line)):
            found[".".join(name for name in scope if name)][field[1]] = int(field[2])
    return found


@pytest.mark.parametrize(("format_name", "least"), [("tensorflow", 60), ("paddle", 18), ("ascend", 10)])
def test_descriptor_set_is_what_the_proto_files_say(format_name, least):
    schema = load_schema(format_name)
    folder = resources.files("modelwright.schemas") / format_name
    seen = 0
    for file in folder.iterdir():
        for name, fields in declared(file.read_text(encoding="utf-8")).items():
            if "DT_FLOAT" in fields or name.rpartition(".")[2] in ENUMS:
                assert schema.enum(name) == fields
            else:
                descriptor = schema.message(name).DESCRIPTOR
                assert {field.name: field.number for field in descriptor.fields} == fields
            seen += 1
    assert seen >= least


def test_messages_are_private():
    assert load_schema("tensorflow").message("GraphDef").DESCRIPTOR.full_name == "modelwright.tensorflow.GraphDef"
    assert load_schema("tensorflow") is load_schema("tensorflow")


def test_descriptor_set_of_caffe_is_what_its_proto_files_say():
    schema = load_schema("caffe")
    folder = resources.files("modelwright.schemas") / "caffe"
    numbers = re.compile(r"^\s+(?:optional |repeated )?(?:[\w.]+ )?(\w+) = (\d+)(?: \[|;)")
    for file in folder.iterdir():
        for name, fields in declared(file.read_text(encoding="utf-8"), numbers).items():
            try:
                found = {field.name: field.number for field in schema.message(name).DESCRIPTOR.fields}
            except KeyError:
                found = schema.enum(name)
            assert found == fields, name
