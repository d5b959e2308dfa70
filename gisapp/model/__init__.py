"""What the project is: values that never change once made."""
