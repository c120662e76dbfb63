"""The thin shell around the compiler: loading, the doit task graph, its steps and its screens."""
