"""The batch of a network: where it flows, which constants fix it, and how these are rewritten.

The proof is a second inference. All shapes of the model are inferred twice: at the old batch, and at a batch of
``BATCH``, a prime that divides no other size, so that a dimension at the second is the batch, or a multiple of it,
exactly when it is a multiple of the prime. Where a constant keeps the batch from flowing on, the two inferences differ
at one place, and operators' definitions say whether the constant's entry there is the batch.
"""
