// Light or dark: as the page says (a class `dark` on the body, as Gradio sets it, or `data-theme` on the
// root), else as the system does.

const system = matchMedia("(prefers-color-scheme: dark)");

/** Keep the store's theme with the page's. @returns {() => void} stop */
export function followTheme(store) {
  const read = () => store.set({ theme: pageTheme() });
  const watcher = new MutationObserver(read);
  for (const node of [document.documentElement, document.body]) {
    watcher.observe(node, { attributes: true, attributeFilter: ["class", "data-theme"] });
  }
  system.addEventListener("change", read);
  read();
  return () => {
    watcher.disconnect();
    system.removeEventListener("change", read);
  };
}

function pageTheme() {
  const { theme } = document.documentElement.dataset;
  if (theme === "light" || theme === "dark") return theme;
  if (document.body.classList.contains("dark") || document.documentElement.classList.contains("dark")) return "dark";
  if (document.querySelector(".gradio-container")) return "light";
  const asked = new URLSearchParams(location.search).get("__theme"); // Gradio's, which is not there yet
  return asked === "dark" || (asked !== "light" && system.matches) ? "dark" : "light";
}
