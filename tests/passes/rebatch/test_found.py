import onnx_ir as ir

from modelwright.passes.rebatch.found import FixedEntries, FixedRows


def test_what_is_said_of_a_constant():
    node = ir.Node("", "Reshape", [], name="flat")
    item = FixedEntries(node=node, index=1, contents=(24, 8), multiples={0: 24})
    assert str(item) == "Reshape 'flat': [24, 8] becomes [24*batch, 8]"


def test_what_is_said_of_a_row():
    node = ir.Node("", "Concat", [], name="tokens")
    item = FixedRows(node=node, index=0, value="cls", axis=0, rank=3, multiple=1)
    assert str(item) == "Concat 'tokens': input 'cls' is repeated along dimension 0"
