"""Known failures: listed, tried, mined from what is kept."""
