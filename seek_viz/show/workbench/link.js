// The address holds what is shown: the run as Python names it, and the cursor.

const QUIET_MS = 300; // browsers refuse an address that changes at every step of a quick hand

/** The address of a run at its iteration; what no link has is the page's own, and left alone. */
export function linkOf({ run, pinned, cursor }) {
  const url = new URL(location.href);
  for (const name of run.link_names) url.searchParams.delete(name);
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
