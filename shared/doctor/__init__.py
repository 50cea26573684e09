"""The doctor: looks at everything between this configuration and a working alert."""
