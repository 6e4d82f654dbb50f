// Set the chosen looks before the first paint, or the page would flash in others.
for (const key of ["theme", "view"]) document.documentElement.dataset[key] = localStorage.getItem(`atelier.${key}`) ?? "";
