"""Runbooks: what to do, step by step, for somebody who never did it."""
