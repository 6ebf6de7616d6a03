// The strip: the whole network at the top, a block for each layer.

const strip = document.querySelector(".strip");
const blocks = [...strip.querySelectorAll("a")];

/** Lets the tab key lead to one block alone. */
const enterStripAt = (index) =>
  blocks.forEach((block, at) => block.setAttribute("tabindex", at === index ? "0" : "-1"));

/** Marks the layer that is open, and brings it into view. */
const markInStrip = (index) => {
  enterStripAt(index);
  blocks.forEach((block, at) => {
    block.classList.toggle("open", at === index);
    if (at === index) block.setAttribute("aria-current", "true");
    else block.removeAttribute("aria-current");
  });
  const [outer, inner] = [strip.getBoundingClientRect(), blocks[index].getBoundingClientRect()];
  if (inner.left < outer.left || inner.right > outer.right) {
    strip.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }
};

/** Opens the layer whose block is chosen; arrow keys move from block to block. */
const startStrip = () => {
  strip.addEventListener("click", (event) => {
    const index = blocks.indexOf(event.target.closest("a"));
    if (index < 0) return;
    event.preventDefault();
    open(layers[index]).then(() => {
      if (event.detail === 0) blocks[index].focus({ preventScroll: true });
      else if (getComputedStyle(desk).position === "static") desk.scrollIntoView();
    });
  });
  strip.addEventListener("keydown", (event) => {
    const index = blocks.indexOf(event.target.closest("a"));
    const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: blocks.length - 1 }[event.key];
    if (index < 0 || !blocks[next]) return;
    event.preventDefault();
    enterStripAt(next);
    blocks[next].focus();
  });
};
