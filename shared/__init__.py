"""The Entra Connect Watchdog: notices that Entra Connect stopped, and asks a person to act."""
