"""What can be set, and what is known before a model is loaded.

config.py    every setting of a run;  advice.py which of them are unusual or have no effect
registry.py  models known by name, and what a model's folder says of itself
prompts.py   the texts that solver and verifiers are asked with
"""
