// The panel shows the evidence of one cell. What it shows is read when the first one opens.
const panel = $("panel");
let details = null;
let opened = -1;

function openPanel(i, byKeyboard) {
  details ||= embedded("details");
  const cell = details.cells[i];
  if (!cell) return;
  const id = index.cells[i][5];
  select(i);
  const close = make("button", { type: "button", "aria-label": "close" }, "✕");
  close.addEventListener("click", closePanel);
  panel.replaceChildren(
    make("header", null, make("span", { class: "swatch " + cell.class }, cell.mark), make("h2", { id: "panel-title" }, id), close),
    ...evidence(cell, index.cells[i], details).flat(2).filter(Boolean));
  panel.hidden = false;
  panel.scrollTop = 0;
  document.body.classList.add("opened");
  history.replaceState(null, "", "#" + encodeURIComponent(id));
  if (byKeyboard) panel.focus();
}

function select(i) {
  if (squares[opened]) squares[opened].removeAttribute("aria-selected");
  opened = i;
  if (squares[i]) squares[i].setAttribute("aria-selected", "true");
}

function closePanel() {
  const square = squares[opened];
  select(-1);
  panel.hidden = true;
  document.body.classList.remove("opened");
  history.replaceState(null, "", "#");
  if (square) {
    square.tabIndex = 0; // or it takes no focus
    enter(square);
    square.focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) closePanel();
});

for (const button of document.querySelectorAll("button[data-open]")) {
  button.hidden = false;
  button.addEventListener("click", () => openPanel(Number(button.dataset.open), true));
}
for (const button of document.querySelectorAll("button[data-bug]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    form.reset();
    $("f-text").value = button.dataset.bug;
    setTimeout(() => {
      $("f-text").value = button.dataset.bug;
      applyFilters();
      $("matrix-title").scrollIntoView();
    });
  });
}

// A link to the page may name a cell.
function followHash() {
  let name = "";
  try { name = decodeURIComponent(location.hash.slice(1)); } catch { return; }
  const i = name ? index.cells.findIndex((cell) => cell[5] === name) : -1;
  if (i >= 0 && i !== opened) openPanel(i, false);
}
addEventListener("hashchange", followHash);
followHash();
