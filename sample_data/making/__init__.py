"""The parts of the sample basin; `sample_data/make.py` puts them together. All is synthetic."""
