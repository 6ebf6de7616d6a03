for (const slider of document.querySelectorAll(".slider")) {
  const stack = slider.querySelector(".stack"), range = slider.querySelector("input");
  slider.ontoggle = () => {
    const [baseline, current] = slider.parentElement.querySelectorAll("figure img");
    if (!stack.firstChild) stack.append(baseline.cloneNode(), current.cloneNode());
  };
  range.oninput = () => stack.style.setProperty("--at", range.value + "%");
  slider.hidden = false;
}
