// What hands and ears miss in Gradio's form. It runs before Gradio has made the form, and watches it from then on.
{
  /** @type {(selector: string, root?: ParentNode) => NodeListOf<HTMLInputElement>} */
  const all = (selector, root = document) => root.querySelectorAll(selector);

  /** The run is one press away, however long the form is. */
  const skip = document.createElement("a");
  skip.className = "skip-link";
  skip.href = "#workbench";
  skip.textContent = "Skip to the run";
  skip.addEventListener("click", (event) => {
    event.preventDefault(); // the address is the run's own
    const [workbench] = all("#workbench");
    workbench.tabIndex = -1;
    workbench.focus();
  });
  document.body.prepend(skip);

  const tidy = () => {
    // Gradio names each choice on its own, so that each is a stop of the Tab key and a group of one.
    for (const group of all("#sidebar fieldset")) {
      for (const radio of all("[type=radio]", group)) if (radio.name !== group.id) radio.name = group.id;
    }
    // A phone's keyboard for numbers; the fields hold text (layout.py says why).
    for (const field of all("#sidebar .number input")) field.inputMode = "decimal";
    // A question or an answer may be written from right to left.
    for (const field of all("#sidebar :is(#question, #gold) :is(textarea, input)")) field.dir = "auto";
    // Out of sight is out of reach.
    for (const content of all("#sidebar .sidebar-content")) content.inert = !content.closest(".open");
  };
  const watch = (node) =>
    new MutationObserver(tidy).observe(node, { subtree: true, childList: true, attributeFilter: ["class"] });
  const waiting = new MutationObserver(() => {
    const sidebar = document.querySelector("#sidebar");
    if (!sidebar) return;
    waiting.disconnect(); // the run redraws at each step: only the form is watched
    watch(sidebar);
    tidy();
  });
  waiting.observe(document.body, { subtree: true, childList: true });

  /** Who picks something with a pointer goes on with the keys of the run, not with those of the form. */
  document.addEventListener("click", ({ detail, target }) => {
    if (!detail || !(target instanceof Element) || !target.closest("#sidebar :is(label, button)")) return;
    setTimeout(() => {
      const focused = document.activeElement;
      if (focused instanceof HTMLElement && focused.matches("#sidebar :is([type=radio], button)")) focused.blur();
    });
  });

  // A menu closes when it is left. Gradio opens it at any key but a few, after it has closed it at the loss of the
  // focus; and a list that scrolls would be the next stop.
  document.addEventListener(
    "keydown",
    (event) => {
      const { key, target } = event;
      if (key !== "Tab" || !(target instanceof Element) || !target.matches("#sidebar [role=combobox]")) return;
      event.stopPropagation();
      document.getElementById(target.getAttribute("aria-controls"))?.setAttribute("tabindex", "-1");
    },
    { capture: true },
  );
}
