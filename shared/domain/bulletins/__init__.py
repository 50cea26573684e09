"""Bulletins: cards that are about no incident, such as the weekly digest."""
