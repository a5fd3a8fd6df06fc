"""Staff lists: from rows of cells to a plan, and from a plan to an outcome. Pure until "apply"."""
