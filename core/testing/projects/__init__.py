"""Projects with chosen content for tests and benchmarks."""
