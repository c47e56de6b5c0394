"""The machine and the GPUs that a run computes on."""
