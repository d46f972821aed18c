// The address holds what is shown: the run as Python names it, and the cursor.

/** Names that a link may have (share.py); the page's other parameters are left alone. */
const NAMES =
  "v run pin i problem question gold model preset set reward mode eta rho updates tau optimizer direction grad-clip seed answer-format thinking max-latents max-new-tokens verdicts format-rule max-verifier-tokens accept-rejected test-first return-iterate verdict-reading latent-dtype verifier-sampling reuse-cache batch-verifiers stop-rule log-prob min-latents keep-special-tokens".split(
    " ",
  );
const QUIET_MS = 300; // browsers refuse an address that changes at every step of a quick hand

/** The address of a run at its iteration. */
export function linkOf({ run, pinned, cursor }) {
  const url = new URL(location.href);
  for (const name of NAMES) url.searchParams.delete(name);
  const link = new URLSearchParams(run.link);
  const other = pinned && new URLSearchParams(pinned.link).get("run");
  if (other && link.has("run") && other !== link.get("run")) link.set("pin", other);
  link.set("i", String(cursor));
  for (const [name, value] of link) url.searchParams.append(name, value);
  return url.href;
}

/** Keep the address bar with the run and the cursor. @returns {() => void} stop */
export function keepAddress(store) {
  let waiting = null;
  const stop = store.subscribe((state, changed) => {
    if (!state.run?.link || !["run", "cursor", "pinned"].some((key) => changed.has(key))) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => history.replaceState(history.state, "", linkOf(store.get())), QUIET_MS);
  });
  return () => {
    clearTimeout(waiting);
    stop();
  };
}
