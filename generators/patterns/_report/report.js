"use strict";
for (const command of document.querySelectorAll(".command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command.querySelector("code").textContent);
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
  command.append(button);
}
const quiet = document.getElementById("quiet");
quiet.parentElement.hidden = false;
quiet.addEventListener("change", () => {
  document.body.classList.toggle("quiet", quiet.checked);
  if (quiet.checked) {
    for (const folded of document.querySelectorAll("details:has(.row-no, .row-open)")) folded.open = true;
  }
});
const reveal = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  target.scrollIntoView();
};
addEventListener("hashchange", reveal);
addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details")) d.open = true; });
reveal();
