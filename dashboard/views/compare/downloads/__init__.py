"""What can be taken away from the Compare page: what is shown as CSV, and the study report."""
