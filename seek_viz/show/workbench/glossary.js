// Words of the page that a newcomer does not know, each explained once: on the card, and where it is used.

export const GLOSSARY = {
  dropped: "a token of the text before that is gone, with none in its place",
  margin: "the logit of the token that is read, less that of the runner-up; at 0 they change places",
  oracle: "a reward that knows the gold answer: a bound on what a judge could reach, not a method",
  PSRM: "perfect sparse reward model, an oracle: R = 0 if the answer equals the gold one, −1 if not",
  PCA: "the plane on which most of the path is seen; a shadow, so that two points near on it may be far apart",
  τ: "the threshold: the run stops at the first text whose reward is above it",
  Start: "a new run, up to its plain chain of thought; Step and Run go on from there",
};
