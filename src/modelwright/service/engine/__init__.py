"""Execution: who runs tasks, in processes of their own."""
