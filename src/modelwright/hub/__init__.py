"""The hub: models in memory as ``onnx_ir`` graphs, and the only place that speaks protobuf ONNX."""

from modelwright.hub.imports import defer_heavy_imports

defer_heavy_imports()
