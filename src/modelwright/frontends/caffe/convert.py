"""Turns a Caffe net into a hub model, one layer after the other."""

from __future__ import annotations

from collections.abc import Sequence

import onnx_ir as ir

from modelwright.errors import ConversionError, ShapeError
from modelwright.formats import format_shape
from modelwright.frontends.caffe.builder import BatchFixed, CaffeBuilder, LayerContext
from modelwright.frontends.caffe.interface import Interface, Port
from modelwright.frontends.caffe.matching import LayerWeights, Matched
from modelwright.frontends.caffe.network import Layer, Network
from modelwright.frontends.caffe.operators import FACTS, caffe_layers
from modelwright.frontends.caffe.problems import Problems
from modelwright.frontends.caffe.wiring import Step, Version
from modelwright.frontends.contradictions import contradictions
from modelwright.hub.names import NameScope
from modelwright.hub.opset import ir_version_for


def convert_network(network: Network, interface: Interface, matched: Matched, *, opset: int) -> ir.Model:
    """Converts a net.

    Args:
        network: The net.
        interface: What of it to convert.
        matched: Its weights.
        opset: Version of the default domain to write.

    Returns:
        A hub model, not optimized. Layers' results bear the names of their blobs.

    Raises:
        UnsupportedError: Layers cannot be converted; all of them are listed.
        BatchFixed: A layer needs the size of an open dimension.
    """
    conversion = _Conversion(network, matched, opset=opset)
    conversion.add_inputs(interface.inputs)
    for step in interface.steps:
        conversion.run(step)
    conversion.problems.raise_all()
    return conversion.finish(interface.outputs)


class _Conversion:
    """One run of ``convert_network``."""

    def __init__(self, network: Network, matched: Matched, *, opset: int) -> None:
        self.matched = matched
        self.graph = ir.Graph([], [], nodes=[], opset_imports={"": opset}, name=network.name or "main_graph")
        self.op = CaffeBuilder(self.graph, opset, names=NameScope())
        self.op.made = {}
        self.layers = caffe_layers()
        self.values: dict[Version, ir.Value] = {}
        self.problems = Problems(str(network.path))

    def add_inputs(self, inputs: Sequence[Port]) -> None:
        """Declares the model's inputs, all float32."""
        for port in inputs:
            self.op.names.reserve(port.name)
            shape = ir.Shape(port.shape or ())
            value = ir.Value(name=port.name, shape=shape, type=ir.TensorType(ir.DataType.FLOAT))
            self.graph.inputs.append(value)
            self.values[port.version] = value

    def run(self, step: Step) -> None:
        """Converts a layer, unless what it takes could not be."""
        layer = step.layer
        if self.layers.find(layer.type) is None:
            self.problems.unsupported(layer)
            return
        self.problems.unknown_fields(layer)
        bottoms = [self.values[item] for item in step.takes if item in self.values]
        if len(bottoms) != len(step.takes):
            return
        self.op.layer = self._context(layer)
        try:
            with self.op.at(layer.name), contradictions(layer.type, layer.name):
                results = self._convert(layer, bottoms)
        except BatchFixed:
            raise
        except ConversionError as error:
            self.problems.error(error)
            return
        self.values.update((item, value) for item, value in zip(step.makes, results, strict=False))

    def _context(self, layer: Layer) -> LayerContext:
        weights = self.matched.weights.get(layer.name, LayerWeights())
        return LayerContext(
            type=layer.type,
            name=layer.name,
            tops=max(1, len(layer.tops)),
            blobs=weights.blobs,
            weights=self.matched.source,
            owners=weights.owners,
        )

    def _convert(self, layer: Layer, bottoms: Sequence[ir.Value]) -> list[ir.Value]:
        converter = self.layers.find(layer.type)
        if converter is None:
            raise self.op.fail("no converter")
        parameters = layer.params.get(FACTS.messages.get(layer.type, ""), {})
        arguments = converter.bind(parameters, len(bottoms), node=layer.name)
        result = converter.function(self.op, *bottoms, **arguments)
        results: list[ir.Value] = list(result) if isinstance(result, tuple | list) else [result]
        if len(results) < len(layer.tops):
            raise self.op.fail(f"has {len(layer.tops)} tops, but makes {len(results)}")
        for value in results:
            self.op.check_count(value)
        return results

    def finish(self, outputs: Sequence[Port]) -> ir.Model:
        """The model, with outputs and names."""
        taken: set[ir.Value] = set(self.graph.inputs)
        for port in outputs:
            value = self.values[port.version]
            if value in taken or value.producer() is None:
                value = self.op.Identity(value)
                self.values[port.version] = value
            taken.add(value)
            self._check_shape(port, value)
            self.graph.outputs.append(value)
        self._name_blobs(outputs)
        imports = dict(self.graph.opset_imports)
        return ir.Model(self.graph, ir_version=ir_version_for(imports), producer_name="modelwright")

    def _check_shape(self, port: Port, value: ir.Value) -> None:
        """Gives an output its shape; the one that the user states must be it."""
        self.op.dtype(value)
        found = self.op.shape(value)
        if found is None:
            return
        value.shape = ir.Shape(found)
        pairs = list(zip(port.shape or (), found, strict=False))
        known = all(want == have for want, have in pairs if isinstance(want, int) and isinstance(have, int))
        if port.shape is not None and (len(port.shape) != len(found) or not known):
            raise ShapeError(
                f"output {port.blob!r} has shape {format_shape(found)}, not {format_shape(port.shape)}",
                hint="shapes of outputs follow from those of the inputs: change --inputs",
            )

    def _name_blobs(self, outputs: Sequence[Port]) -> None:
        """Outputs have their ports' names, other results those of their blobs, the last one that has it."""
        wishes: dict[str, ir.Value] = {}
        for version, value in self.values.items():
            if value.producer() is not None and not value.is_graph_output():
                wishes[version[0]] = value
        wishes |= {port.name: self.values[port.version] for port in outputs}
        holders = {value.name: value for node in self.graph for value in node.outputs}
        fixed = {value.name for value in (*self.graph.inputs, *self.graph.initializers.values())}
        asked = {port.name for port in outputs}
        for name, value in wishes.items():
            if name in fixed and name in asked:
                self._make_way(name)
            elif name in fixed:
                continue
            holder = holders.get(name)
            if holder is not None and holder is not value:
                holder.name = self.op.names.unique(name)
            value.name = name
            self.op.names.reserve(name)

    def _make_way(self, name: str) -> None:
        """An initializer gives its name to an output."""
        holder = self.graph.initializers.get(name)
        if holder is None:
            raise ConversionError(f"an output and an input are both to be called {name!r}", hint="rename one of them")
        holder.name = self.op.names.unique(name)
