"""Who computes: connected workers, what they can do, and what this version can do without them."""
