"""Maintenance windows: measuring goes on, cards wait."""
