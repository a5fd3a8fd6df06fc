"""Makes the target equal to the book: claims what is due, looks, decides, writes, records."""
