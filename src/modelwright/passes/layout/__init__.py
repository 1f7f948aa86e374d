"""Chooses in which memory order each operator works, so that as few Transposes as possible are left.

Most operators compute the same in any order of the dimensions, if their attributes and constants follow. Transposes
are therefore not moved one by one: the tensors that Transposes and such operators connect get common logical axes, each
operator a label (its order), and the labels that need the fewest Transposes are found as a minimum cut.
"""
