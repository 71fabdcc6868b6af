"""Tests of the rules that judging one attempt is made of."""
