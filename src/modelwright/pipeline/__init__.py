"""recipe -> plan -> run -> report: what both the command line and the Python interface call."""
