"""Advice: fail over, do not, or check first; one decision table."""
