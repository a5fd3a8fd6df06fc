"""Tests of Công vụ: one fact each, against the real servers."""
