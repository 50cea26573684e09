"""Whom to call, as roles: a team knows its own names, and the page adds those of the settings."""

from __future__ import annotations

from typing import Final

ENGINEER: Final = "On-call engineer for identity: decides, and does the steps."
SERVERS: Final = "Server or virtualization team: console, power and network of the sync servers."
DIRECTORY: Final = "Active Directory team: domain controllers, and the rights of the MSOL_ account."
NETWORK: Final = "Network team: proxy, firewall and DNS on the way to the cloud."
OWNER: Final = "Owner of the directory: decides about deletes, and what users are told."
KEEPER: Final = "Keeper of the break-glass account: if nobody can sign in to Entra."
DESK: Final = "Service desk: tells users what is late, and hears first what does not work."
SECURITY: Final = "Security team: if nobody in the team made the change."
MICROSOFT: Final = "Microsoft support: if Entra or its connection is the cause, or a guide ends."
WATCHDOG: Final = "Whoever runs the watchdog: its app, its permissions and its settings."

FAILOVER: Final = (ENGINEER, SERVERS, DIRECTORY, OWNER, KEEPER, DESK)
"""Whom a failover may need."""
