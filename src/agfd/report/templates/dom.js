// Elements without innerHTML: whatever a recipe says is text here and nothing else.
"use strict";
globalThis.agfd ??= {};
{
  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name.startsWith("--")) node.style.setProperty(name, value);
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    // `append` makes a text node of a string.
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return node;
  }

  // el("p", {class: "soft", onclick: f, "--share": 0.5}, "text", node, [more])
  agfd.el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  agfd.svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  // The words and colours that the page's maker put into it; empty where a page has none.
  let words = null;
  agfd.lexicon = () => {
    words ??= JSON.parse(document.getElementById("lexicon")?.textContent ?? "{}");
    return words;
  };

  // A name of a column as people read it.
  agfd.plain = (name) => String(name).replaceAll("_", " ");
  agfd.thousands = (number) => number.toLocaleString("en-US");

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Some browsers keep the clipboard from files: the old command still works there. What is modal makes all
      // else inert, so the field has to be inside it.
      const field = agfd.el("textarea", { class: "offscreen", "aria-hidden": "true", tabindex: "-1" });
      field.value = text;
      const before = document.activeElement;
      (before?.closest("dialog") ?? document.body).append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      before?.focus();
      return done;
    }
  }

  // A button that copies; `text` may be a function where the text is long.
  agfd.copyButton = (text, label = "Copy") => {
    const button = agfd.el("button", { type: "button", class: "copy-button" }, label);
    button.addEventListener("click", async () => {
      const done = await copy(typeof text === "function" ? text() : text);
      button.textContent = done ? "Copied" : "Could not be copied";
      agfd.say?.(button.textContent);
    });
    return button;
  };
}
