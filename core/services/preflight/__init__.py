"""What is known of steps before they run; reached by services only."""
