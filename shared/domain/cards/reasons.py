"""The reason of an advice in a few words, as a card says it."""

from __future__ import annotations

from typing import Final

from shared.domain.pair.report import AdviceReason

DO_NOT: Final = {
    AdviceReason.SWITCHED_OFF: "directory sync is switched off in the tenant, no server can sync.",
    AdviceReason.TWO_ACTIVE: "two servers export already. First put one into staging mode.",
    AdviceReason.EXPORT_BLOCKED: "the other server would export the same deletes, or stop again.",
    AdviceReason.ENTRA_OUTAGE: "Microsoft reports an outage, another server would meet it, too.",
    AdviceReason.BOTH_SILENT: "both servers are silent. Look at the site, the network and AD.",
    AdviceReason.AD_IMPORT_ERRORS: "imports from AD fail on both servers. Repair AD first.",
    AdviceReason.LONG_CYCLE: "the server works, only object sync stands still. Repair that.",
    AdviceReason.PASSWORDS_ONLY: "only password sync is late, object sync works.",
    AdviceReason.ACTIVE_WORKS: "{active} works.",
    AdviceReason.STANDBY_BELOW_FLOOR: "{standby} has a version that Entra no longer accepts.",
    AdviceReason.STANDBY_UNFIT: "{standby} is not fit to take over.",
    AdviceReason.NO_STANDBY: "no standby is known.",
}
"""Why not to fail over, after "Do not fail over:"; holds placeholders for the servers."""

CHECK_FIRST: Final = {
    AdviceReason.BLIND: "The watchdog cannot read what it needs to know.",
    AdviceReason.CLOCK: "a clock is wrong, so no age can be trusted.",
    AdviceReason.NEVER_SYNCED: "Graph knows no sync of this tenant.",
    AdviceReason.NO_ACTIVE: "no server is active.",
    AdviceReason.ACTIVE_UNKNOWN: "which server is active was not measured.",
    AdviceReason.ACTIVE_ALIVE: "{active} was seen alive, repair may be quicker.",
    AdviceReason.STANDBY_UNKNOWN: "{standby} is not checked.",
    AdviceReason.EVIDENCE_OLD: "some evidence is too old to decide on.",
    AdviceReason.EVIDENCE_DISAGREES: "the evidence disagrees.",
}
"""What is not known, after "Check first:"; holds placeholders for the servers."""
