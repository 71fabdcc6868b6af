"""The verdicts that trees have: kept beside the runs, so that nobody need run for what is known."""
