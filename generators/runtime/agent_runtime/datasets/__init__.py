"""From reported outcomes to reproducible training data."""
