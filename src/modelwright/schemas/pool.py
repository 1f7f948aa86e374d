"""Message classes of foreign formats, built from a committed descriptor set in a private pool."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE_ROOT: Final = "modelwright"


class Schema:
    """All messages of one format, by their short names.

    Args:
        format_name: Name of the folder of ``.proto`` files and of the ``.binpb`` descriptor set, e.g. ``"tensorflow"``.
    """

    def __init__(self, format_name: str) -> None:
        self._package = f"{PACKAGE_ROOT}.{format_name}"
        data = resources.files(__package__ or __name__).joinpath(f"{format_name}.binpb").read_bytes()
        self.files = descriptor_pb2.FileDescriptorSet.FromString(data)
        self._pool = descriptor_pool.DescriptorPool()
        for file in self.files.file:
            self._pool.AddSerializedFile(file.SerializeToString())
        self._classes: dict[str, Any] = {}

    def message(self, name: str) -> Any:
        """The class of message ``name`` (``"GraphDef"``, nested ones as ``"TensorShapeProto.Dim"``).

        Raises:
            KeyError: The schema has no such message.
        """
        found = self._classes.get(name)
        if found is None:
            descriptor = self._pool.FindMessageTypeByName(f"{self._package}.{name}")
            found = self._classes[name] = message_factory.GetMessageClass(descriptor)
        return found

    def enum(self, name: str) -> dict[str, int]:
        """Names and numbers of enum ``name``, in the order of declaration."""
        descriptor = self._pool.FindEnumTypeByName(f"{self._package}.{name}")
        return {value.name: value.number for value in descriptor.values}


@cache
def load_schema(format_name: str) -> Schema:
    """The schema of a format, loaded once a process.

    Raises:
        FileNotFoundError: No descriptor set of that name is part of the package.
    """
    return Schema(format_name)
