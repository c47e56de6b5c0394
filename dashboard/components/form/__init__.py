"""Forms made from the parameters of techniques and sources."""
