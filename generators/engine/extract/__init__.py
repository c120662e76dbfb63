"""The extractor as an option: contracts, and the lock that keeps accepted answers."""
