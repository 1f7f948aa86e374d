"""The nursery that tests of workers share."""

from nurseries import warm

__all__ = ["warm"]
