"""Where messages go: the Teams workflow, and the outside monitor that misses our ping."""
