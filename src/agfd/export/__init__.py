"""From a stored dataset to a folder that other tools read."""

from agfd.export.folder import export, file_name, safe_name

__all__ = ["export", "file_name", "safe_name"]
