// The start: what the address asks for, or the first layer.

const follow = () => {
  const [name, place] = decodeURIComponent(location.hash.slice(1)).split("@");
  const layer = layers.find((each) => each.name === name);
  if (!layer) return false;
  const [y, x, map] = (place ?? "").split(",").filter(Boolean).map(Number);
  open(layer, { y, x, map });
  return true;
};

if (typeof DecompressionStream === "undefined") {
  document.querySelector(".guide").textContent =
    "This browser is too old to show the values; the pictures and figures below are complete.";
  document.querySelector(".guide").hidden = false;
} else {
  document.querySelector(".guide").hidden = false;
  window.addEventListener("hashchange", follow);
  window.addEventListener("beforeprint", () => {
    views.pending?.forEach((draw) => draw());
    views.pending?.clear();
  });
  document.querySelector(".flow").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const station = event.target.closest(".station");
    if (!station || (!link && !event.target.closest(".card"))) return;
    event.preventDefault();
    open(layers[Number(station.id.slice(5))]).then(() => {
      if (getComputedStyle(desk).position === "static") desk.scrollIntoView();
      if (link && event.detail === 0) (views.focus ?? desk.querySelector("h2")).focus({ preventScroll: true });
    });
  });
  startStrip();
  startSlides();
  if (!follow()) open(layers[Math.min(1, layers.length - 1)]);
}
