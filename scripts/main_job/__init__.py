"""The main job of the product, done without a person: real forms over HTTP, real SMTP, real IMAP."""
