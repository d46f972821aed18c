// Shows a recorded run before Gradio is there: the player needs nothing of it. What Gradio's component can do later
// (`connect`, called by mount.js) is waited for.

import { mount } from "../../show/workbench/player.js";

const { runs, kinds } = document.getElementById("seek-start").dataset;
const addressOf = (path) => new URL(path, document.baseURI).href;
const place = document.createElement("div");
place.className = "seek-early";
const element = document.createElement("div");
place.append(element);
document.body.append(place);

let connected;
const page = new Promise((resolve) => {
  connected = resolve;
});

const player = mount(element, {
  view: async (run, have, beside) => {
    const asked = `view/${encodeURIComponent(run)}?${new URLSearchParams({ have: String(have), beside })}`;
    const answer = await fetch(addressOf(asked), { signal: AbortSignal.timeout(60000) });
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`The server could not send this run (${answer.status}).`);
    return answer.json();
  },
  go: () => page.then(({ go }) => go()),
  again: (run) => page.then(({ again }) => again(run)),
  pin: (run, next) => page.then(({ pin }) => pin(run, next ?? "")),
  visit: (link) => page.then(({ ready }) => ready({ link, tab: tabKey() })),
  files: ({ run_id: run }, query) => {
    const address = (kind) => addressOf(`export/${encodeURIComponent(run)}.${kind}${query}`);
    return Object.fromEntries(kinds.split(" ").map((kind) => [kind, address(kind)]));
  },
});

const asked = new URLSearchParams(location.search);
const known = runs.split(" ");
const named = ["run", "pin"].map((name) => asked.get(name)).filter(Boolean);
if (!asked.has("problem") && !asked.has("question") && named.every((key) => known.includes(key))) {
  const [run, beside] = [asked.get("run") ?? known[0], asked.get("pin")].map((key) => (key ? `recorded-${key}` : ""));
  if (run) player.receive({ seq: 0, run, kind: "open", beside, query: location.search });
}

/**
 * Put the player where the page has its place, and let the page be asked.
 *
 * @param {HTMLElement} home
 * @param {Record<"go"|"again"|"pin"|"ready", (...args: any[]) => void>} asks
 * @returns {(message: Message) => void} what takes the page's messages
 */
export function connect(home, asks) {
  const focused = document.activeElement;
  const top = scrollY;
  home.replaceChildren(element);
  place.remove();
  // What is moved loses the focus, and the page its height for a moment.
  if (focused instanceof HTMLElement && element.contains(focused)) focused.focus({ preventScroll: true });
  scrollTo(0, top);
  window.dispatchEvent(new Event("resize")); // for the plots: their place may be another size
  connected(asks);
  const [{ type }] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  asks.ready({ link: location.search, tab: tabKey(), again: type === "reload" });
  return (message) => {
    element.dataset.page = "ready"; // it has answered: the form is as the run is
    player.receive(message);
  };
}

/** Whoever knows it has the run of this tab, so it cannot be guessed. It outlives a reload and a lost connection,
 * after which Gradio knows the page by another name. */
function tabKey() {
  try {
    sessionStorage.seekTab ??= Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");
    return sessionStorage.seekTab;
  } catch {
    return ""; // no storage: a reload is a new visit
  }
}
