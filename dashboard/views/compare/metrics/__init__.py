"""The Metrics tab: every metric of the models, and its change against the baseline."""
