"""Figures, each stated by `installer/bench.sh NAME`."""
