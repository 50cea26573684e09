"""Incidents and their cards in time: from open to resolved, due to sent."""
