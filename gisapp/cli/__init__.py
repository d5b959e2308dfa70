"""gisapp COMMAND …: everything the program does, without a window."""
