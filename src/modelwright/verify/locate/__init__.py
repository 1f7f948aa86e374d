"""Where two models part: the earliest tensor that differs, and the node behind it."""
