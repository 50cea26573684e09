"""The tenant: its two heartbeats, and what their ages mean."""
