"""The tab Data: what the data of a project are, and what is in them."""
