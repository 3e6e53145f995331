// Moving about in a matrix: one square of each is in the tab order, arrows move it. A long matrix is several
// tables, one below the other.
const isCell = (td) => td && td.dataset && td.dataset.i !== undefined && !td.hidden;

function sideways(td, step) {
  let next = td;
  do next = step > 0 ? next.nextElementSibling : next.previousElementSibling; while (next && !isCell(next));
  return next;
}

function upDown(td, step) {
  const rows = visibleRows(matrixOf(td));
  for (let i = rows.indexOf(td.parentNode) + step; rows[i]; i += step) {
    if (isCell(rows[i].cells[td.cellIndex])) return rows[i].cells[td.cellIndex];
  }
  return null;
}

const visibleCells = (row) => [...row.cells].filter(isCell);
const visibleRows = (matrix) => [...matrix.querySelectorAll("tbody > tr:not([hidden])")];
const matrixOf = (td) => td.closest("figure.matrix");

function target(td, event) {
  const rows = () => visibleRows(matrixOf(td));
  switch (event.key) {
    case "ArrowRight": return sideways(td, 1);
    case "ArrowLeft": return sideways(td, -1);
    case "ArrowDown": return upDown(td, 1);
    case "ArrowUp": return upDown(td, -1);
    case "Home": return visibleCells(event.ctrlKey ? rows()[0] : td.parentNode)[0];
    case "End": return visibleCells(event.ctrlKey ? rows().at(-1) : td.parentNode).at(-1);
  }
  return null;
}

// enter makes a square the one that Tab comes to.
function enter(td) {
  for (const other of matrixOf(td).querySelectorAll('td[tabindex="0"]')) other.tabIndex = -1;
  td.tabIndex = 0;
}

// settle gives a matrix a square for Tab, after rows may have been hidden.
function settle(matrix) {
  const now = matrix.querySelector('td[tabindex="0"]');
  if (now && isCell(now) && !now.parentNode.hidden) return;
  if (now) now.tabIndex = -1;
  const row = visibleRows(matrix).find((row) => visibleCells(row).length);
  if (row) visibleCells(row)[0].tabIndex = 0;
}

const allMatrices = [...document.querySelectorAll("figure.matrix")];
for (const matrix of allMatrices) {
  settle(matrix);
  matrix.addEventListener("keydown", (event) => {
    const td = event.target.closest("td[data-i]");
    if (!td) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      openPanel(Number(td.dataset.i), true);
      return;
    }
    const next = target(td, event);
    if (!next) return;
    event.preventDefault();
    enter(next);
    next.focus();
  });
  matrix.addEventListener("click", (event) => {
    const td = event.target.closest("td[data-i]");
    if (!td) return;
    enter(td);
    openPanel(Number(td.dataset.i), false);
  });
}
$("keys").hidden = false;
