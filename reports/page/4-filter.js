// Filters dim the squares that do not match and hide the rows and columns that have no match left.
const form = $("filters");
const chips = [...form.querySelectorAll("button[data-outcome]")];
const texts = index.cells.map(([t, s, np, outcome, bug, id]) => [index.targets[t], outcome, bug, id].join(" ").toLowerCase());

function matcher() {
  const words = $("f-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const shape = $("f-shape").value, np = $("f-np").value, where = $("f-target").value;
  const outcomes = new Set(chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.dataset.outcome));
  return (i) => {
    const [t, s, n, outcome] = index.cells[i];
    return (where === "" || t === Number(where)) && (shape === "" || index.shapes[s] === shape) && (np === "" || n === Number(np)) &&
      (outcomes.size === 0 || outcomes.has(outcome)) && words.every((word) => texts[i].includes(word));
  };
}

function applyFilters() {
  const matches = matcher();
  let shown = 0;
  for (const matrix of allMatrices) shown += filterMatrix(matrix, matches);
  $("f-count").textContent = shown === index.cells.length ? shown + " cells" : shown + " of " + index.cells.length + " cells";
}

function filterMatrix(matrix, matches) {
  const used = new Set();
  let shown = 0;
  for (const row of matrix.querySelectorAll("tbody > tr")) {
    let some = false;
    for (const td of row.cells) {
      if (td.dataset.i === undefined) continue;
      const on = matches(Number(td.dataset.i));
      if (td.classList.contains("off") === on) td.classList.toggle("off", !on);
      if (!on) continue;
      some = true;
      shown++;
      used.add(td.cellIndex);
    }
    row.hidden = !some;
  }
  for (const table of matrix.querySelectorAll("table.map")) {
    hideColumns(table, used);
    table.parentNode.hidden = !table.querySelector("tbody > tr:not([hidden])");
  }
  matrix.hidden = shown === 0;
  settle(matrix);
  return shown;
}

// hideColumns hides all but the used columns, and narrows the headings above them and the table.
function hideColumns(table, used) {
  const [groups, names] = table.tHead.rows;
  const first = names.cells.length - [...groups.cells].slice(1).reduce((n, th) => n + Number(th.dataset.span ||= th.colSpan), 0);
  for (let column = first; column < names.cells.length; column++) {
    const hide = !used.has(column);
    if (names.cells[column].hidden === hide) continue;
    names.cells[column].hidden = hide;
    for (const row of table.tBodies[0].rows) row.cells[column].hidden = hide;
  }
  const narrower = [...names.cells].filter((name) => name.hidden).length * (Number(table.dataset.square) + 2);
  table.width = String((table.dataset.width ||= table.width) - narrower);
  let column = first;
  for (const th of [...groups.cells].slice(1)) {
    const span = [...names.cells].slice(column, column += Number(th.dataset.span)).filter((name) => !name.hidden).length;
    th.hidden = span === 0;
    th.colSpan = Math.max(1, span);
  }
}

for (const chip of chips) {
  chip.addEventListener("click", () => {
    chip.ariaPressed = String(chip.ariaPressed !== "true");
    applyFilters();
  });
}
form.addEventListener("input", applyFilters);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => {
  for (const chip of chips) chip.ariaPressed = "false";
  setTimeout(applyFilters); // after the fields are empty again
});
form.hidden = false;
applyFilters();
