"""`python -m provisioning` and `congvu` are the same."""

from provisioning.cli import main

if __name__ == "__main__":
    main()
