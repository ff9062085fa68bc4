"""Servers that cannot run here, each answering its documented protocol field by field."""
