"""Reading .om files: header, partitions, graph, inputs and outputs, gears."""
