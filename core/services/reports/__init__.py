"""The study report: one self-contained file that is read offline, made from the figures of the pages."""
