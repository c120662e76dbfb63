"""Clients of other agents: typed calls over HTTP, and packets over the bus with reply."""
