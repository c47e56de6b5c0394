"""One project as one file: written, looked at, and brought into another installation."""
