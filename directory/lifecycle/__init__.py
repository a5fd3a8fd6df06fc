"""Lifecycle: the verbs that move officials, accounts, mailboxes and addresses through their lives."""
