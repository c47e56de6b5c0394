"""From a request to a plan, and from a plan to models and runs; reached by services only."""
