"""The front-end files we take from npm: which, what of them, and how they are made small (see `scripts/vendor`)."""
