"""What compiled agents import: packets, memory, governance, learning kernels, service shell."""
