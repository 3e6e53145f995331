const $ = (id) => document.getElementById(id);

// make builds an element. Strings among the children become text, never markup.
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// embedded reads a data block of the page.
const embedded = (id) => JSON.parse($(id).textContent);

const index = embedded("index");
const squares = []; // cell number: its square
for (const td of document.querySelectorAll("td[data-i]")) squares[td.dataset.i] = td;
