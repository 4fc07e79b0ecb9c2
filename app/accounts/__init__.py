"""Who may: editors, passwords, sessions, permissions."""
