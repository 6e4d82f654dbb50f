// Set the chosen theme before the first paint, or the page would flash in the other one.
{
  const theme = localStorage.getItem("atelier.theme");
  if (theme) document.documentElement.dataset.theme = theme;
}
