// Presentation: one layer a screen, large, without the column of cards.

const inSlides = () => document.documentElement.classList.contains("slides");

/** How many input maps of a sum are shown with all their products. */
const matricesShown = () => (inSlides() ? 1 : 4);

/** Begins the presentation, or ends it; the layer and the pixel stay. */
const present = (on = !inSlides()) => {
  document.documentElement.classList.toggle("slides", on);
  if (!state.layer) return;
  build();
  if (on) standOnSlide();
  else if (getComputedStyle(desk).position === "static") desk.scrollIntoView();
};

/** From here arrow keys lead to the next layer; in a map they move the pixel. */
const standOnSlide = () => {
  desk.scrollTop = 0;
  desk.querySelector("h2").focus({ preventScroll: true });
};

const goTo = (index) => layers[index] && open(layers[index]).then(standOnSlide);

const SLIDE_KEYS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };

const onSlideKey = (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "f" || event.key === "F") present();
  else if (!inSlides()) return;
  else if (event.key === "Escape") event.target.closest(".frame") ? standOnSlide() : present(false);
  else if (event.target.closest("button, a, summary") && event.key === " ") return;
  else if (event.key in SLIDE_KEYS) goTo(state.layer.index + SLIDE_KEYS[event.key]);
  else if (event.key === "Home") goTo(0);
  else if (event.key === "End") goTo(layers.length - 1);
  else return;
  event.preventDefault();
};

const startSlides = () => {
  document.addEventListener("keydown", onSlideKey);
  if (new URLSearchParams(location.search).has("slide")) present(true);
};
