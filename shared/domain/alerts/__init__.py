"""Connect Health's alerts, and the stop of exports that they tell of."""
