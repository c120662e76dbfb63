"""Evidence: what the records prove, as manifests, claims, signed statements and a report."""
