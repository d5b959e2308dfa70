"""How the project becomes a picture."""
