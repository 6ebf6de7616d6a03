// What is shown as a sum for each value of a layer: [what is added up, the sum, what is said to be missing].
(async (name) => {
  const layer = layers.find((each) => each.name === name);
  await open(layer);
  const sums = [];
  const take = (parts, total, after) => sums.push([parts, total, after?.match(/\(rounding (.*?)\)/)?.[1] ?? ""]);
  const noteAfter = (element) => {
    const next = element?.nextSibling;
    return next?.className === "off" ? next.textContent : "";
  };
  for (let map = 0; map < layer.maps; map++) {
    for (let y = 0; y < layer.height; y++) {
      for (let x = 0; x < layer.width; x++) {
        const parts = explain(layer, map, y, x, layer.value(map, y, x)).filter(Boolean);
        const box = h("div", {}, parts);
        const products = box.querySelectorAll(".product");
        for (const row of products) {
          const cells = [...row.querySelectorAll(".matrix")].at(-1).querySelectorAll("span");
          const texts = [...cells].map((cell) => cell.textContent);
          if (texts.some((text) => text.includes("…"))) continue;
          take(texts, row.querySelector("output").textContent, row.querySelector(".off")?.textContent);
        }
        const line = box.querySelector(".sum");
        const rows = [...box.querySelectorAll(".terms tr")].map((row) => row.lastChild.textContent);
        const text = line.firstChild.parentElement.innerHTML.replace(/<br>.*/, "").replace(/<[^>]*>/g, "");
        const first = text.match(/^sum (?:of (?:all )?products )?(\S+?)(?: \(rounding (\S+)\))?(?= |$)/);
        if (rows.length) take(rows, first[1], text);
        else if (first) {
          const outs = [...box.querySelectorAll(".product output")].map((out) => out.textContent);
          const more = box.querySelector("summary")?.textContent.match(/weaker: (\S+) together/)?.[1];
          if (outs.length > 1) take(more ? [...outs, more] : outs, first[1], first[2] && `(rounding ${first[2]})`);
          const rest = text.slice(first[0].length);
          const bias = rest.match(/^ ([+−]) (\S+) bias (?:=|≈) (\S+)(.*)$/);
          if (bias) take([first[1], bias[1] === "−" ? `−${bias[2]}` : bias[2]], bias[3], bias[4]);
        } else if (layer.rule.sign === "+") {
          const added = [...line.querySelectorAll(".ink-window")].map((part) => part.textContent);
          const total = line.querySelector(".ink-pixel");
          take(added, total.textContent, noteAfter(total));
        }
      }
    }
  }
  return sums;
});
