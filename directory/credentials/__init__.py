"""Credentials: what proves who someone is. Tables and verbs to enrol, spend, revoke and recover."""
