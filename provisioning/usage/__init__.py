"""Usage: days of use out of the mail servers' logs, which are read on from where they were left."""
