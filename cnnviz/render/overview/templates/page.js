const form = document.getElementById("filter");
if (form) {
  const cards = [...document.querySelectorAll(".card")];
  const [search, noted] = form.querySelectorAll("input");
  const output = form.querySelector("output");
  let texts;
  const filter = () => {
    texts ??= cards.map((card) =>
      [...card.querySelectorAll(".name, .taken, li")].map((part) => part.textContent).join(" ").toLowerCase()
    );
    const words = search.value.toLowerCase().split(/\s+/);
    let shown = 0;
    cards.forEach((card, i) => {
      const hit = words.every((word) => texts[i].includes(word)) && !(noted?.checked && !card.querySelector("details"));
      if (card.hidden === hit) card.hidden = !hit;
      shown += hit;
    });
    const all = shown === cards.length;
    output.value = all ? "" : `${shown.toLocaleString("en")} of ${cards.length.toLocaleString("en")}`;
  };
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, cards.length > 500 ? 120 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}
