"""Uploads: files that arrive in pieces and become an input folder."""
