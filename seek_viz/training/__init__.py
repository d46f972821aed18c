"""The bundled model: its training on the problems of `problems/`, its evaluation, its card.

Read in this order: `replies`, `examples`, `batches`, `tokenizer`, `network`, `train`, `sampling`, `evaluate`,
`publish`; `problem_sets` writes the held-out problems, and `seen` draws again what training had seen.
"""
