"""What every back end of a memory layer must do, whichever server stands behind it."""
