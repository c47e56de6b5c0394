"""What is entered in the drawer: recipes being built, and the request that they stand for."""
