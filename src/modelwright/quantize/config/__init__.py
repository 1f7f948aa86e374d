"""Calibration files (``-c config.json``): the keys of xquant 1.x and XSlim 2.x, checked and made settings."""
