"""Writing a model as an ONNX graph, in floating point or with stored codes, and checking what it answers."""
