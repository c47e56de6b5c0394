"""Who acts: callers, accounts, links, the audit trail."""
