"""Changing the opset of a model, up and down.

Every node steps from one version of its operator to the next. What the schemas prove to be the same stays as it is; for
the rest there is one short function for each operator and step, in ``ops/``; what cannot be said is an error.
"""
