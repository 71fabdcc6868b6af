"""The local executor: attempts of steps on this machine, under the guard."""
