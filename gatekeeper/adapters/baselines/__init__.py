"""The recorded results that steps are compared with: files in the repo, and what was measured on a base ref."""
