"""Builds what is deployed: the app with its packages, compiled, in one zip."""
