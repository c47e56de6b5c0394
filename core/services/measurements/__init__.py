"""Further measurements of models, and the protocol that they follow."""
