"""The conversion service: templates, tasks, storage and workers behind REST; ``pip install 'modelwright[service]'``."""
