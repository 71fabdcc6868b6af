"""The guard for systems without the kernel's help (macOS). Best effort, behind the same interface."""
