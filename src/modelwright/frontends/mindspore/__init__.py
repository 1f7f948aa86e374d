"""Models of MindSpore: ``.mindir`` files, ours and MindSpore's own."""
