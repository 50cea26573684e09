"""Cards: an incident in words, as the JSON that Teams takes."""
