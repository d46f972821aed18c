// What Gradio's HTML component runs once it is on the page: it takes the player in. `element`, `props`, `trigger` and
// `watch` are Gradio's, which learns the names of the events from the quotes in this text; serve.py puts in where the
// player's files are, for PLAYER.

const addressOf = (path) => new URL(path, document.baseURI).href;

import(addressOf("PLAYER/app/page/start.js"))
  .then(({ connect }) => {
    const receive = connect(element.querySelector(".seek-mount"), {
      go: () => trigger("go", {}),
      again: (run) => trigger("again", { run }),
      pin: (run, next) => trigger("pin", { run, next }),
      ready: (asked) => trigger("ready", asked),
    });
    watch("value", () => {
      const message = props.value && JSON.parse(props.value);
      if (message) receive(message);
      if (message?.kind === "idle") trigger("rested", {});
    });
  })
  .catch(withoutPlayer);

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
  const [first] = document.querySelector("#seek-start").dataset.runs.split(" ");
  const run = new URLSearchParams(location.search).get("run") ?? first;
  const answer = await fetch(addressOf(`export/recorded-${encodeURIComponent(run)}.txt`)).catch(() => null);
  text.textContent = answer?.ok ? await answer.text() : "This run could not be loaded either.";
}
