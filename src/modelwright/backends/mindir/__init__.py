"""The MindSpore backend: a writer of MindIR, without MindSpore."""
