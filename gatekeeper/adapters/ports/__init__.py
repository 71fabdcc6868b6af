"""Ports for what a cycle starts: found free, held until their user starts, never handed out twice."""
