"""Where inputs come from and results go."""
