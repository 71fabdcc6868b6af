"""The console: readers of the event stream that show a run to people, to CI systems and to programs."""
