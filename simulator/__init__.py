"""A tenant that behaves like Entra, on loopback HTTP and virtual time, for stories and the demo."""
