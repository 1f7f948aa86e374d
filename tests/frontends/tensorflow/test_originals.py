from pathlib import Path

from modelwright.formats import Format, OriginalKind
from modelwright.frontends.manifest import LoadRequest
from modelwright.frontends.tensorflow.load import load
from modelwright.schemas.pool import load_schema

DIGITS = Path(__file__).parents[3] / "examples/digits/saved_model"


def test_the_frozen_graph_with_its_names_and_layouts(tmp_path):
    options = {"inputs_as_nchw": ["image"]}
    imported = load(LoadRequest(path=DIGITS, format=Format.TF_SAVED_MODEL, options=options))
    (found,) = imported.originals
    assert found.kind is OriginalKind.FROZEN_GRAPH
    assert found.names["image"] == "serving_default_image:0"
    assert dict(found.perms) == {"image": (0, 2, 3, 1)}
    (path,) = found.write(tmp_path, "model")
    graph = load_schema("tensorflow").message("GraphDef").FromString(path.read_bytes())
    nodes = {node.name for node in graph.node}
    assert {name.rpartition(":")[0] for name in found.names.values()} <= nodes
