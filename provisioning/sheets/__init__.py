"""Spreadsheet files from outside, read in a child process: bytes in, sheets of rows of cells out."""
