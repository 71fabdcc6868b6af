"""Floor 4: commands, exit codes and wiring; the only place that knows every floor."""
