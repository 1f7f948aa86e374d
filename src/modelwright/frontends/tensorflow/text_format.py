"""GraphDef, MetaGraphDef and SavedModel in protobuf's text format (``.pbtxt``)."""

from __future__ import annotations

from pathlib import Path

from google.protobuf import text_format

from modelwright.errors import ModelFormatError
from modelwright.frontends.tensorflow.messages import Message, message_class
from modelwright.schemas.spans import map_file


def read_text(path: Path, message_name: str) -> Message:
    """Parses a text file as a message; fields this schema does not describe are skipped.

    Args:
        path: The ``.pbtxt`` file, UTF-8.
        message_name: ``"GraphDef"``, ``"MetaGraphDef"`` or ``"SavedModel"``.

    Raises:
        ModelNotFoundError: The file cannot be read.
        ModelFormatError: It is not such a message; names line and column.
    """
    message = message_class(message_name)()
    try:
        text_format.Parse(bytes(map_file(path)).decode(), message, allow_unknown_field=True)
    except UnicodeDecodeError as error:
        raise ModelFormatError(f"{path}: not text ({error.reason} at byte {error.start})") from error
    except text_format.ParseError as error:
        hint = "a binary file must not be named .pbtxt; a text file is expected to be what TensorFlow wrote"
        raise ModelFormatError(f"{path}: not a {message_name} in text form: {error}", hint=hint) from error
    return message
