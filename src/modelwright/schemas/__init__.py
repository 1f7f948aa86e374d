"""Descriptions of foreign file formats, and reading and writing them without loading large weights.

A format is a folder of ``.proto`` files (``tensorflow/*.proto``) and a compiled descriptor set beside it
(``tensorflow.binpb``); adding a format means adding those two. After editing a ``.proto``, from this folder and with
``grpcio-tools`` installed anywhere::

    python -m grpc_tools.protoc -I . --descriptor_set_out=tensorflow.binpb tensorflow/*.proto

The compiler is not needed to install or run modelwright. Messages live in a package of our own
(``modelwright.tensorflow``) and in a private pool, so they never clash with those of an installed framework.
"""
