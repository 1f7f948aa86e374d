"""The TFLite backend as data."""

from modelwright.backends.manifests import BackendManifest
from modelwright.workers.interpreters import TENSORFLOW

MANIFEST = BackendManifest(
    name="tflite",
    label="TFLite",
    suffixes=(".tflite",),
    writer="modelwright.backends.tflite.write:write",
    optimizes=True,
    runner="modelwright.verify.runners.litert:load_litert",
    interpreter=TENSORFLOW,
)
