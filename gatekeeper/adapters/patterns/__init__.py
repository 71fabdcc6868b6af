"""Known failures, and who recognises them."""
