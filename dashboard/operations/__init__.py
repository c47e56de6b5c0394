"""What operators and notified people use."""
