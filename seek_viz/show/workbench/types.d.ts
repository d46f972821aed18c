// What the modules hand each other, for `tsc --checkJs`; nothing of it reaches the browser. What comes from Python
// is made by show/view.py, show/pair.py and show/messages.py.

// --- The state and who draws it -------------------------------------------------------------------

/** What the page shows. Views are functions of it; they change it through `Store.set` and never keep a copy. */
interface State {
  run: Run | null;
  /** The iteration that every panel shows. */
  cursor: number;
  /** A live run takes the cursor along. */
  following: boolean;
  /** The selected prefix position, or null for the whole prefix. */
  position: number | null;
  /** The grid cell under the pointer. */
  preview: { iteration: number; position: number } | null;
  /** The opened verdict, or null for the cursor's. */
  verdict: { iteration: number; verifier: number } | null;
  /** What the text is compared with. */
  against: "previous" | "first" | "none";
  /** Of the latent path. */
  dimensions: 2 | 3;
  playing: boolean;
  /** Iterations a second. */
  speed: number;
  theme: "light" | "dark";
  progress: Progress | null;
  error: string | null;
  /** The live run that a link asks for. */
  asked: Invitation | null;
  /** A run that has no text yet. */
  begun: Asked | null;
  /** The run that others are compared with. */
  pinned: Run | null;
  /** What `run` and `pinned` are beside each other. */
  pair: Pair | null;
  /** What is marked in the texts of two runs, null until it is chosen. */
  mark: "other" | "previous" | "none" | null;
  /** Which of two runs the panels below the comparison show. */
  side: 0 | 1;
  /** The panel that the page is scrolled to when it opens, by its id. */
  panel: string | null;
}

interface Store {
  get(): State;
  set(patch: Partial<State>): void;
  /** Listeners hear which keys changed; what is returned stops it. */
  subscribe(listener: (state: State, changed: Set<string>) => void): () => void;
}

/** What a part of a panel reads of the state, and what draws it. */
type Draw = [needs: (keyof State)[], draw: (state: State) => void];
type View = { node: HTMLElement; draws: Draw[] };
type Legend = [mark: Node | string, meaning: string];

/** A panel says all of itself here; the desk, the card of marks and the style sheets are made of it. */
interface Panel {
  /** Its class on the page. */
  id: string;
  title: string;
  /** "one": of one run, and of the chosen one while two are compared. "two": of two runs, while they are compared.
   *  "all": of however many are under the cursor. */
  of: "one" | "two" | "all";
  /** The panels in whose place a panel of two runs stands. */
  instead?: string[];
  create(store: Store, context: Context): View;
  /** Its marks in words, made anew for each card: a node stands in one place. */
  legend?(): Legend[];
  /** Words of its own that a newcomer does not know, in plain ones: on the card, and where they stand. */
  words?: Record<string, string>;
  /** Keys that have a meaning of their own in it. */
  keys?: [key: string, words: string][];
  /** Address of its style sheet. */
  styles?: string;
}

/** What the page offers its panels. */
interface Context {
  /** Open the card of keys and marks. */
  help(): void;
  /** Open the card for taking the run away. */
  share(): void;
  /** Make a recorded run live; null where that is not possible. */
  again: ((run: string) => void) | null;
  /** Keep a run beside the next, "" to let it go; `next` opens another at once. */
  pin: ((run: string, next?: string) => void) | null;
}

// --- A run ----------------------------------------------------------------------------------------

type Truth = "right" | "wrong" | "undecided" | "unknown";
type Ruling = "approve" | "reject" | "unparsable" | "no_room";
type Setting = {
  key: string;
  symbol: string;
  label: string;
  value: unknown;
  gloss: string;
  history?: [number, unknown][];
};

/** `view.run_view`. */
interface Run extends Summary {
  version: number;
  run_id: string;
  title: string;
  origin: "recorded" | "live";
  link: string;
  link_names: string[];
  counterpart: string | null;
  problem: { id: string; question: string; gold: string | null; tier: string };
  model: {
    name: string;
    num_parameters: number;
    dtype: string;
    device: string;
    hidden_size: number;
    max_positions: number | null;
  };
  created_at: string;
  versions: Record<string, string>;
  verifiers: { name: string; weight: number }[];
  steps: Step[];
  regions: Regions | null;
  /** Symbols of the settings and names of the rewards, in words. */
  glossary: Record<string, string>;
}

/** `view.summary_view`: what a new step may change as a whole. */
interface Summary {
  config: Record<string, any>;
  settings: Setting[];
  judge: { label: string; about: string; by: string; verifiers: boolean };
  rule: { formula: string; length: string; control: boolean };
  command: string;
  max_updates: number;
  threshold: number;
  stop: { reason: string; sentence: string } | null;
  returned: number | null;
  best: number | null;
  flags: { iteration: number; kind: string; text: string }[];
  tree: { parent: number | null; first: number; end: number; texts: number[]; ends: number[] }[];
  latents: { prefix: Path; positions: Path[] } | null;
  figures: { reward: Figure | null; path2d: Figure | null; path3d: Figure | null; dark: Record<string, string> };
}

/** From another text to this one: what, tokens of the other, tokens of this. */
type Change = [kind: "insert" | "delete" | "replace", oldFirst: number, oldEnd: number, first: number, end: number];
type Move = [token: string, before: number, after: number];

/** `view.step_view`. */
interface Step {
  iteration: number;
  reward: number | null;
  parts: { name: string; value: number }[];
  verdicts: {
    verifier: string;
    weight: number;
    ruling: Ruling;
    reply: string;
    prompt: string;
    num_prompt_tokens: number;
  }[];
  text: string;
  tokens: string[];
  byte_parts: Record<number, [bytes: string, character: string]>;
  num_prefix: number;
  truncated: boolean;
  cut: string | null;
  answer: string | null;
  truth: Truth;
  diff: { previous: Change[]; first: Change[] };
  equations: [first: number, end: number, holds: boolean][];
  grid: {
    top_tokens: string[][];
    top_probs: number[][];
    margin: number[];
    entropy: number[];
    flipped: boolean[];
    shifts: number[];
    steps_to_flip: (number | null)[];
  };
  push: { reward: number; sum_log_prob: number; num_tokens: number; shift: Shift | null } | null;
  loss: number | null;
  gradient_norm: number | null;
  step_norm: number | null;
  cosine: number | null;
  distance: number | null;
  num_flips: number;
  num_shifted: number;
  num_dropped: number;
  elapsed_s: Record<string, number>;
}

type Shift = { most: number; positions: Record<number, { lost: Move[]; gained: Move[] }> };
type Path = { points: number[][]; explained: number[]; walk: number[]; ranges: number[][] };
type Places = { x: number[]; y: number[]; z?: number[] };

/** A Plotly figure, and where the cursor stands on it at each iteration. */
interface Figure {
  data: Record<string, any>[];
  layout: Record<string, any>;
  cursor: Places & { other?: Places };
  name?: string;
}

interface Regions {
  size: number;
  left_out: number[];
  maps: Record<number, Slice>;
}
interface Slice {
  points: { k: number; x: number; y: number; off: number; own: number | null; under: number; carried: boolean }[];
  tokens: string[];
  hues: number[];
  runs: number[];
  explained: number[];
  side: number;
  toward_border: boolean;
}

/** `pair.pair_view`. */
interface Pair {
  same_problem: boolean;
  differences: { name: string; values: unknown[]; gloss: string }[];
  diffs: Change[][];
  why_apart: string | null;
  figures: {
    reward: Figure | null;
    path: Figure | null;
    dark: Record<string, string>;
    explained?: number[];
    walk?: number[];
  };
}

// --- Messages -------------------------------------------------------------------------------------

type Asked = { question: string; settings: Setting[] };
type Invitation = Asked & { query: string };
type Writer = { verifier: string; num_tokens: number; text: string; ruling: Ruling | null };
type Phase = "loading" | "decoding" | "judging" | "updating" | "mapping";

/** What a live run is doing: a message, with the times when it came, its phase began, and its text did. */
type Progress = {
  run: string;
  phase: Phase;
  text: string;
  writing: Writer[];
  left: number | null;
  at: number;
  began: number;
  textBegan: number;
};

/** A message, with the name of the run that it is of. What it carries of a run is packed until `unpacked` has read it. */
type Message = { seq: number; run: string } & (
  | { kind: "open"; beside: string; query: string | null }
  | { kind: "begin"; asked: Asked }
  | { kind: "grown" }
  | { kind: "invite"; asked: Invitation; beside: string }
  | { kind: "progress"; phase: Phase; text: string; writing?: Writer[]; left_s?: number | null }
  | { kind: "error"; message: string }
  | { kind: "idle" }
);
type Carrying<Kind> = Extract<Message, { kind: Kind }>;
/** A run with the steps after the first `have`, and what it is beside another one that is named. */
type Answer = { view: Run; pair: Pair | null };
/** Null where the run is gone. */
type Fetch = (run: string, have: number, beside: string) => Promise<Answer | null>;

/** Plotly of the page, and ours. */
interface Window {
  Plotly?: any;
  SeekPlotly?: any;
}
