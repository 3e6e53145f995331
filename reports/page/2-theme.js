// The theme follows the system until somebody chooses; the choice is kept where the browser allows it.
const themes = ["auto", "light", "dark"];

function setTheme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  $("theme").textContent = "theme: " + name;
  try { localStorage.setItem("ctxcliff-theme", name); } catch { /* pages from disk may have no storage */ }
}

let theme = "auto";
try { theme = localStorage.getItem("ctxcliff-theme") || "auto"; } catch { /* as above */ }
if (!themes.includes(theme)) theme = "auto";
setTheme(theme);
$("theme").hidden = false;
$("theme").addEventListener("click", () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  setTheme(theme);
});
