"""The bundled model: the problem grammar it learns from, its training, its evaluation.

Read in this order: `values`, `program`, `story`, `families`, `families_rates`, `endings`, `grammar`,
`wording`, `labels`, `corruption`, `replies`, `examples`, `tokenizer`, `train`, `sampling`, `evaluate`.
"""
