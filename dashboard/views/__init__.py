"""The views: every module in here that registers a `View` is found by itself."""
