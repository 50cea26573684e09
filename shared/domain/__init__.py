"""The rules. Pure functions of values: standard library only, no clock, no environment, no IO."""
