"""The Models & data page: what a project holds, what its metrics mean, and how more comes in."""
