"""ONNX files in and out of the hub: memory-mapped reading, streamed and atomic writing."""

from modelwright.hub.io_read import REMARKS_KEY, load
from modelwright.hub.io_write import save, save_message

__all__ = ["REMARKS_KEY", "load", "save", "save_message"]
