"""What an experiment would yield, told before it is queued: sizes, operations, time, workers, loss."""
