"""The past: what is kept of closed incidents, drills and days."""
