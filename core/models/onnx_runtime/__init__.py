"""Models in ONNX files, which ONNX Runtime computes: reading, checking, running and looking inside."""
