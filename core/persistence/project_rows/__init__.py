"""All rows of one project, out of a database and into another, under new ids."""
