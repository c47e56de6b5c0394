"""Studies that other tools made: figures of models and how they descend from each other, without checkpoints."""
