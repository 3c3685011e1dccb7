"""ABCI 2.0 in the Tendermint style: the messages, and a server that a CometBFT node connects to.

`types_pb2` is generated from `types.proto` by `generate` (grpcio-tools) and committed.
"""
