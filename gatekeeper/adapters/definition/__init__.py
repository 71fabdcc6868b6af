"""YAML definitions: read, validated, compiled to a plan, linted. Import the modules; nothing is imported here."""
