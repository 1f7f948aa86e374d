"""The MindSpore backend as data."""

from modelwright.backends.manifests import BackendManifest
from modelwright.workers.interpreters import MINDSPORE

MANIFEST = BackendManifest(
    name="mindir",
    label="MindIR",
    suffixes=(".mindir",),
    writer="modelwright.backends.mindir.write:write",
    refusals="modelwright.backends.mindir.legalize:refusals",
    optimizes=True,
    introduces=22,
    interpreter=MINDSPORE,
    runner="modelwright.verify.runners.mindspore:load",
)
