"""LatentSeek (arXiv 2505.13308) on a frozen model: latents, policy gradient, decoding, rewards, the loop.

seek.py      Algorithm 1 as a generator of finished steps; read it first
latents.py   what is optimised, in both decode modes;  policy_gradient.py its equations
controls.py  steps of the same length that do not follow the gradient
decoding.py  greedy, coherent and sampled decoding, alone and in shared batches
rewards.py   how good a text is;  verdicts.py reads the verifiers' replies;  context.py what fits
baselines.py sampling methods to compare with
decode_regions.py, probability_change.py   what a step did, for the views
"""
