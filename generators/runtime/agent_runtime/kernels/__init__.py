"""Learning kernels: numpy on the serving path, heavier libraries only where a fit needs them."""
