"""Studies that other tools made: figures of models and their descent, without checkpoints."""
