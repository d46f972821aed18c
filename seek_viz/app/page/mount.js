// What Gradio's HTML component runs once it is on the page: it connects the player to this server. `element`, `props`,
// `trigger` and `watch` are Gradio's, which learns the names of the events from the quotes in this text. PLAYER, KINDS
// and FIRST are put in by serve.py: where the player's files are, the kinds of file that a run is saved as, and the
// recording that the page opens on.

const addressOf = (path) => new URL(path, document.baseURI).href;
const saved = (run, kind, query = "") => addressOf(`export/${encodeURIComponent(run)}.${kind}${query}`);

import(addressOf("PLAYER/workbench/player.js"))
  .then(({ mount }) => {
    const player = mount(element.querySelector(".seek-mount"), {
      view: async (run, have, beside) => {
        const asked = `view/${encodeURIComponent(run)}?${new URLSearchParams({ have, beside })}`;
        const answer = await fetch(addressOf(asked), { signal: AbortSignal.timeout(60000) });
        if (answer.status === 404) return null;
        if (!answer.ok) throw new Error(`The server could not send this run (${answer.status}).`);
        return answer.json();
      },
      go: () => trigger("go", {}),
      again: (run) => trigger("again", { run }),
      pin: (run, next) => trigger("pin", { run, next: next ?? "" }),
      visit: (link) => trigger("ready", { link, tab: tabKey() }),
      files: ({ run_id: run }, query) => Object.fromEntries(KINDS.map((kind) => [kind, saved(run, kind, query)])),
    });
    watch("value", () => {
      const message = props.value && JSON.parse(props.value);
      if (message) player.receive(message);
      if (message?.kind === "idle") trigger("rested", {});
    });
    const [{ type }] = performance.getEntriesByType("navigation");
    trigger("ready", { link: location.search, tab: tabKey(), again: type === "reload" });
  })
  .catch(withoutPlayer);

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

/** A blocker, a proxy or a cut line has kept the player away: say so, and give the run as text. */
async function withoutPlayer() {
  const words = document.createElement("p");
  words.setAttribute("role", "alert");
  words.textContent =
    "The interactive view could not be loaded: a blocker, a proxy or a lost connection kept one of its files away. " +
    "Load the page again to retry. Below is the run as text.";
  const text = document.createElement("pre");
  text.style.whiteSpace = "pre-wrap";
  element.querySelector(".seek-mount").replaceChildren(words, text);
  const run = new URLSearchParams(location.search).get("run") ?? "FIRST";
  const answer = await fetch(saved(`recorded-${run}`, "txt")).catch(() => null);
  text.textContent = answer?.ok ? await answer.text() : "This run could not be loaded either.";
}
