"""Drills: a failover that is practised, with a stopwatch."""
