"""Agencies that change: they are renamed, moved, led by somebody else, merged, divided or ended, each from a day on."""
