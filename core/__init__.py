"""The product: values, rules, storage, use cases, and the engine that compresses models."""
