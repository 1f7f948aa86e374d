"""Part of modelwright: workers."""
