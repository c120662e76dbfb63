"""The plan: every file to make, decided before anything is made."""
