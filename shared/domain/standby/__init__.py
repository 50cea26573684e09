"""The standby: whether it is fit to take over, and what will end."""
