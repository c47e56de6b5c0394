"""The New experiment drawer: from base models and recipes to queued runs, with a live preview."""
