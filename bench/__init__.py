"""Speed and size as ratios to bare scripts: `make bench`. Not a test: nothing fails on time."""
