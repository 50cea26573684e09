"""One outside system each. A source translates an answer into a reading; it decides nothing."""
